using Wire.Protocol;

namespace Wire.Framing;

/// <summary>The values of an Error that is to be written; the spans are UTF-8.</summary>
internal readonly ref struct ErrorView
{
    public ErrorCode Code { get; init; }

    public ReadOnlySpan<byte> Detail { get; init; }

    public bool Fatal { get; init; }

    public ReadOnlySpan<byte> SessionId { get; init; }

    public ulong PublishId { get; init; }

    public uint RequestId { get; init; }

    public uint RetryAfterMs { get; init; }

    public ulong HeadSequence { get; init; }
}
