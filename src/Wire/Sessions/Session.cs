using Wire.Subscriptions;

namespace Wire.Sessions;

/// <summary>
/// A session in memory. Its worker alone reads and writes it, except while <see cref="State"/> is Loading: then it belongs to
/// the loader.
/// </summary>
internal sealed class Session(byte[] id, int rememberedProducers)
{
    public readonly byte[] Id = id;
    public readonly ProducerTable Producers = new(rememberedProducers);
    public SessionState State;
    public SessionChain Chain;

    /// <summary>Whether its stored records are damaged: what needs them gets DATA_LOSS.</summary>
    public bool IsDamaged;

    /// <summary>The newest sequence given.</summary>
    public ulong Head;

    /// <summary>The oldest sequence retained; 0 where nothing was ever stored.</summary>
    public ulong First;

    /// <summary>While it is being loaded: what lies below this sequence was retired meanwhile.</summary>
    public ulong RetiredUntil;

    public long LastPackedId;
    public long LastTimestamp;

    /// <summary>The end of the newest record in the log; 0 where that is known to be on stable storage.</summary>
    public long TailEnd;

    /// <summary>The newest sequence on stable storage, and the address of the record that holds it.</summary>
    public ulong DurableHead;
    public long DurableTail;

    /// <summary>Answers and deliveries of this session that wait behind the gate.</summary>
    public int Pending;

    /// <summary>Bytes of encoded messages that wait behind the gate for live subscribers.</summary>
    public int RingBytes;

    public List<Subscription>? Subscriptions;

    /// <summary>What came for this session while it was being loaded, in order.</summary>
    public Queue<ParkedItem>? Parked;

    /// <summary>What the process itself appends to this session while it is being loaded.</summary>
    public Queue<LocalAppend>? ParkedAppends;

    /// <summary>The address that the log's index knows; 0 where the session is not in it.</summary>
    public long IndexedAddress;

    public NewestOfKind Newest;

    /// <summary>The handler's turn, which runs or waits to.</summary>
    public Handlers.Turn? Turn;

    /// <summary>At or below it nothing wants an answer; known from looking.</summary>
    public ulong LookedAt;

    /// <summary>Its place in the worker's list of loaded sessions.</summary>
    public Session? Older, Newer;

    /// <summary>Whether it was used since the clock of eviction came by.</summary>
    public bool IsUsed;

    /// <summary>Whether it may leave memory: nothing waits on it, and all of it is on stable storage.</summary>
    public bool IsIdle => State == SessionState.Loaded && Pending == 0 && DurableHead == Head && Turn is null && (Subscriptions is null || Subscriptions.Count == 0);

    internal readonly record struct ParkedItem(SessionBatch Batch, int Index);
}
