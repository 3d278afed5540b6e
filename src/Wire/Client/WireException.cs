using Wire.Protocol;

namespace Wire.Client;

/// <summary>What the calls of a <see cref="WireClient"/> end with when the server, or the way to it, says no.</summary>
public abstract class WireException : Exception
{
    private protected WireException(ErrorCode code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>The server's code; <see cref="ErrorCode.Unspecified"/> where no Error of the server's is behind it.</summary>
    public ErrorCode Code { get; }
}
