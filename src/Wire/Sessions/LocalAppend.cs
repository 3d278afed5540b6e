using Wire.Protocol;
using Wire.Subscriptions;

namespace Wire.Sessions;

/// <summary>
/// An append by the process itself, not by a connection: all of its messages become one record, or none. It is handed to the
/// worker of its session by <see cref="SessionWorker.Post"/>; what becomes of it is told once, under that worker's order.
/// </summary>
internal abstract class LocalAppend(byte[] sessionId, byte[] clientId) : WorkerSignal
{
    /// <summary>The session. Valid (<see cref="IdRules"/>).</summary>
    public byte[] SessionId { get; } = sessionId;

    /// <summary>The producer under whose name it is stored.</summary>
    public byte[] ClientId { get; } = clientId;

    public Role Role { get; init; }

    /// <summary>Of all its messages; 0: one more than the highest that is stored of the producer.</summary>
    public ulong PublishId { get; set; }

    /// <summary>It is stored only where this is the session's newest sequence.</summary>
    public ulong? ExpectedHead { get; init; }

    /// <summary>It is stored only where no human has taken the session after this sequence.</summary>
    public ulong? UnlessHumanAfter { get; set; }

    /// <summary>MEMORY: it is told at once; DISK: when it is on stable storage. Never DEFAULT.</summary>
    public Durability Durability { get; init; }

    public IReadOnlyList<LocalMessage> Messages { get; set; } = [];

    /// <summary>The worker takes it. In the order of the posts, but for sessions that have to be loaded.</summary>
    public override void Run(SessionWorker worker) => worker.Take(this);

    /// <summary>Told by the worker. It must neither block nor throw.</summary>
    public abstract void Complete(SessionWorker worker, in LocalAppendResult result);
}

/// <summary>One message of a <see cref="LocalAppend"/>.</summary>
internal readonly record struct LocalMessage(
    ReadOnlyMemory<byte> Payload, PayloadKind Kind, Channel Channel = Channel.Unspecified, ulong InReplyTo = 0, Finish Finish = Finish.Complete);

/// <summary>What became of a <see cref="LocalAppend"/>.</summary>
/// <param name="Status">Whether it is stored, and why not.</param>
/// <param name="Sequence">Of its last message; of a duplicate the newest one stored of the producer; of a conflict the session's head.</param>
/// <param name="PublishId">Under which it was stored.</param>
/// <param name="Range">What of the session is on stable storage.</param>
internal readonly record struct LocalAppendResult(LocalAppendStatus Status, ulong Sequence = 0, ulong PublishId = 0, StoredRange Range = default);

/// <summary>Whether an append by the process is stored.</summary>
internal enum LocalAppendStatus
{
    Stored,

    /// <summary>It was stored before.</summary>
    Duplicate,

    /// <summary><see cref="LocalAppend.ExpectedHead"/> does not hold.</summary>
    Conflict,

    /// <summary><see cref="LocalAppend.UnlessHumanAfter"/> does not hold. Told at once.</summary>
    HumanHasIt,

    /// <summary>The session's stored data is damaged.</summary>
    DataLoss,

    /// <summary>The log takes nothing now; or it failed before this was known to be stored.</summary>
    Unavailable,
}
