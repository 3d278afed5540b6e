namespace Wire.Framing;

/// <summary>The values of a message that is to be written; the spans are UTF-8, the payload any bytes.</summary>
internal ref struct MessageView
{
    /// <summary>The id as on the wire, its node included.</summary>
    public ulong Id { get; set; }

    public ReadOnlySpan<byte> SessionId { get; set; }

    public ReadOnlySpan<byte> Sender { get; set; }

    public ReadOnlySpan<byte> Payload { get; set; }

    public ulong Sequence { get; set; }

    public long TimestampUnixNs { get; set; }

    public ulong PublishId { get; set; }

    public ulong InReplyTo { get; set; }

    public int Channel { get; set; }

    public int Role { get; set; }

    public int Kind { get; set; }

    public int Finish { get; set; }
}
