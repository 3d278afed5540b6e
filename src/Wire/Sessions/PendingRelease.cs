using Wire.Protocol;
using Wire.Subscriptions;

namespace Wire.Sessions;

/// <summary>
/// Something that waits behind the gate until the log has <see cref="End"/> on stable storage: the answer to some publishes of
/// one connection, what they mean for the session's followers, or a frame that must see them.
/// </summary>
internal struct PendingRelease
{
    public PendingKind Kind;
    public byte Durability;

    /// <summary>Whether the answer went out already (level MEMORY): what remains is for the session's followers.</summary>
    public bool IsAnswered;

    public long End;

    /// <summary>The position of the connection's next answer where that one waits for no more than this one; else 0.</summary>
    public long Follower;
    public Session Session;

    /// <summary>Of the connection that is answered; a checkpoint and an append by the process have none.</summary>
    public SessionBatch Batch;

    /// <summary>The newest publish of the range; of a refusal the one refused.</summary>
    public ulong PublishId;

    /// <summary>The newest sequence of the range.</summary>
    public ulong Sequence;
    public int Count;

    /// <summary>Of a run: the address of its record, and the bytes of its encoded messages in the worker's ring.</summary>
    public long Address;
    public int RingBytes;

    /// <summary>Of a refusal.</summary>
    public Error? Error;

    /// <summary>Of a Fetch.</summary>
    public Framing.ClientFetch? Fetch;

    /// <summary>Of a Subscribe.</summary>
    public Subscription? Subscription;

    /// <summary>Of an append by the process: whom to tell, and what; null where that was told at once.</summary>
    public LocalAppend? Local;
    public LocalAppendStatus LocalStatus;
}

/// <summary>What waits.</summary>
internal enum PendingKind : byte
{
    /// <summary>Stored messages: their Ack, and their delivery.</summary>
    Stored,

    /// <summary>Publishes that were stored before.</summary>
    Duplicate,

    /// <summary>A publish that is refused.</summary>
    Refused,

    /// <summary>A Fetch: its page is read once what the connection stored before is on stable storage.</summary>
    Fetch,

    /// <summary>A Subscribe, likewise.</summary>
    Subscribe,

    /// <summary>An append by the process itself: stored messages, or the refusal of some.</summary>
    Local,

    /// <summary>A checkpoint of a session, which may leave memory once that is on stable storage.</summary>
    Checkpoint,
}
