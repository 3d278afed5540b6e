namespace Wire.Framing;

/// <summary>The values of a publish that is to be written; the session's id is UTF-8, the payload any bytes.</summary>
internal readonly ref struct PublishView
{
    public ReadOnlySpan<byte> SessionId { get; init; }

    public ReadOnlySpan<byte> Payload { get; init; }

    public ulong PublishId { get; init; }

    public ulong InReplyTo { get; init; }

    /// <summary>The head that is expected, 0 among them; null where none is.</summary>
    public ulong? ExpectedHead { get; init; }

    public int Kind { get; init; }

    public int Channel { get; init; }

    public int Durability { get; init; }
}
