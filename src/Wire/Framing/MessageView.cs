namespace Wire.Framing;

/// <summary>The values of a message that is to be written; the spans are UTF-8, the payload any bytes.</summary>
internal readonly ref struct MessageView
{
    /// <summary>The id as on the wire, its node included.</summary>
    public ulong Id { get; init; }

    public ReadOnlySpan<byte> SessionId { get; init; }

    public ReadOnlySpan<byte> Sender { get; init; }

    public ReadOnlySpan<byte> Payload { get; init; }

    public ulong Sequence { get; init; }

    public long TimestampUnixNs { get; init; }

    public ulong PublishId { get; init; }

    public ulong InReplyTo { get; init; }

    public int Channel { get; init; }

    public int Role { get; init; }

    public int Kind { get; init; }

    public int Finish { get; init; }
}
