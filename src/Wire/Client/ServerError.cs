using Wire.Protocol;

namespace Wire.Client;

/// <summary>An Error of the server's in words.</summary>
internal static class ServerError
{
    public static string Describe(Error error)
        => error.Detail.Length == 0 ? error.Code.ToString() : $"{error.Code}, {error.Detail}";
}
