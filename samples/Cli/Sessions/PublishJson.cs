using Wire.Client;

namespace Wire.Cli.Sessions;

/// <summary>What became of a publish, as a JSON object.</summary>
internal sealed record PublishJson(string SessionId, ulong Sequence, ulong PublishId, bool Duplicate, string Durability)
{
    public static string Of(string sessionId, PublishResult result)
        => JsonLine.Of(new PublishJson(sessionId, result.Sequence, result.PublishId, result.Duplicate, result.Durability.ToString()));
}
