using Wire.Protocol;

namespace Wire.Client;

/// <summary>A stored message, as a subscription or a page gives it. Immutable; owns its memory.</summary>
public sealed class ReceivedMessage
{
    /// <summary>The id, unique over all nodes and rising within the session.</summary>
    public required MessageId Id { get; init; }

    /// <summary>The session that it belongs to.</summary>
    public required string SessionId { get; init; }

    /// <summary>Its place in the session, from 1 on, without holes.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>When the server took it, in nanoseconds since 1970-01-01T00:00:00Z. Never falls within a session.</summary>
    public required long TimestampUnixNs { get; init; }

    /// <summary>Where it entered, as its sender said.</summary>
    public Channel Channel { get; init; }

    /// <summary>Who speaks, as the server knows it from the sender's identity.</summary>
    public Role Role { get; init; }

    /// <summary>The <c>client_id</c> of its sender.</summary>
    public required string Sender { get; init; }

    /// <summary>The id that its sender gave it.</summary>
    public ulong PublishId { get; init; }

    /// <summary>The content.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What the content is, as its sender said.</summary>
    public PayloadKind Kind { get; init; }

    /// <summary>The sequence of the message that it answers; 0 for none.</summary>
    public ulong InReplyTo { get; init; }

    /// <summary>How a generated reply ended; <see cref="Finish.Complete"/> for everything else.</summary>
    public Finish Finish { get; init; }

    /// <summary>When the server took it, cut to 100 ns. Never falls within a session.</summary>
    public DateTimeOffset Timestamp => DateTimeOffset.UnixEpoch.AddTicks(TimestampUnixNs / TimeSpan.NanosecondsPerTick);
}
