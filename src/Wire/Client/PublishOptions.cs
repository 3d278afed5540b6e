using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// What may be said with a publish beyond its session and payload. Immutable: one instance may serve any number of calls.
/// </summary>
public sealed record PublishOptions
{
    internal static PublishOptions Default { get; } = new();

    /// <summary>What the payload is. Default: <see cref="PayloadKind.Text"/>.</summary>
    public PayloadKind Kind { get; init; }

    /// <summary>Where the message entered. Default: <see cref="Channel.Unspecified"/>.</summary>
    public Channel Channel { get; init; }

    /// <summary>When it is answered. Default: null, which is <see cref="WireClientOptions.DefaultDurability"/>.</summary>
    public Durability? Durability { get; init; }

    /// <summary>The sequence of the message that this one answers; 0, the default, for none.</summary>
    public ulong InReplyTo { get; init; }

    /// <summary>
    /// Store it only where this is the session's newest sequence (0: where nothing has been said); otherwise the call ends with
    /// a <see cref="WirePublishException"/> of <see cref="ErrorCode.Conflict"/>. Until it is answered, later publishes of this
    /// client to the session wait. Default: null, unconditional.
    /// </summary>
    public ulong? ExpectedHead { get; init; }

    /// <summary>
    /// The id under which to publish, above all that this client_id has used in the session before: for an application that
    /// keeps its own queue and must be able to send again after a restart. Default: null, the client gives one
    /// (<see cref="WireClient"/>, remarks).
    /// </summary>
    public ulong? PublishId { get; init; }
}
