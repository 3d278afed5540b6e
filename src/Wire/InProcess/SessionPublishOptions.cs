using Wire.Protocol;

namespace Wire.InProcess;

/// <summary>
/// What may be said with a publish in process beyond its session and payload. Immutable: one instance may serve any number of calls.
/// </summary>
public sealed record SessionPublishOptions
{
    /// <summary>The name of the sender where none is given.</summary>
    public const string DefaultSender = "$process";

    internal static ReadOnlySpan<byte> DefaultSenderUtf8 => "$process"u8;

    internal static SessionPublishOptions Default { get; } = new();

    /// <summary>
    /// In whose name it is stored: 1 to 128 bytes of UTF-8 without control characters, not beginning with <c>$</c>. The
    /// process vouches for it. Default: <see cref="DefaultSender"/>.
    /// </summary>
    public string Sender { get; init; } = DefaultSender;

    /// <summary>Who the sender is. Default: <see cref="Role.System"/>.</summary>
    public Role Role { get; init; } = Role.System;

    /// <summary>What the payload is. Default: <see cref="PayloadKind.Text"/>.</summary>
    public PayloadKind Kind { get; init; }

    /// <summary>Where the message entered. Default: <see cref="Channel.Unspecified"/>.</summary>
    public Channel Channel { get; init; }

    /// <summary>When the call ends. Default: <see cref="Durability.Default"/>, as the server is set.</summary>
    public Durability Durability { get; init; }

    /// <summary>The sequence of the message that this one answers; 0, the default, for none.</summary>
    public ulong InReplyTo { get; init; }

    /// <summary>
    /// Store it only where this is the session's newest sequence (0: where nothing has been said). Default: null, unconditional.
    /// </summary>
    public ulong? ExpectedHead { get; init; }

    /// <summary>
    /// An id that rises with each message of the sender in the session, so that one that is published again, because the
    /// process ended before it knew, is stored once. Default: null, one more than the highest that is stored.
    /// </summary>
    public ulong? PublishId { get; init; }
}
