using System.Buffers;
using Wire.Framing;
using Wire.Protocol;
using Wire.Subscriptions;

namespace Wire.Sessions;

/// <summary>
/// What one read of a connection holds for one worker, in the order in which it came. The read loop fills it and must keep the
/// slices alive until the worker calls <see cref="ConnectionIntake.Complete"/>. Reused from read to read.
/// </summary>
internal sealed class SessionBatch(ConnectionIntake intake, WireConnection connection)
{
    private const int FirstCapacity = 64;

    // Every connection with a read in hand holds an array, and another thread than the one that rented it gives it back: the
    // shared pool keeps too few for that (64x256 allocated nothing, 256x64 all of it). This one keeps as many as were in use.
    private static readonly ArrayPool<BatchItem> Pool = ArrayPool<BatchItem>.Create(ConnectionIntake.MaxItemsPerTake * 2, 4096);

    /// <summary>The items, of which <see cref="Count"/> are in use.</summary>
    public BatchItem[] Items = [];
    public int Count;

    /// <summary>Items that wait for their session to be loaded. The worker's, as are the fields after it.</summary>
    public int Parked;

    /// <summary>Answers of this connection that wait behind the worker's gate: what comes after them waits too.</summary>
    public int PendingAnswers;

    /// <summary>The position of the newest of these; of no meaning where there is none.</summary>
    public long LastAnswer;

    /// <summary>Whether the read loop waits until fewer answers wait (<see cref="SessionWorker.MaxPendingAnswers"/>).</summary>
    public bool IsHeld;

    /// <summary>The session that was named last, while the batch is taken: most name one.</summary>
    public Session? LastSession;

    /// <summary>Sessions whose publishes of this connection are refused from now on, because one met damaged data.</summary>
    public Dictionary<byte[], Session>? Lost;

    /// <summary>What the connection follows here.</summary>
    public List<Subscription>? Subscriptions;

    /// <summary>Whether the worker has written to the connection's outbox and will flush it.</summary>
    public bool IsTouched;

    private bool _holdsObjects;

    public ConnectionIntake Intake => intake;
    public WireConnection Connection => connection;

    /// <summary>The place of the next item, to be written in place and then taken.</summary>
    public ref BatchItem Next()
    {
        if (Count == Items.Length)
            Grow();
        return ref Items[Count];
    }

    /// <summary>Takes the publish that was written to <see cref="Next"/>.</summary>
    public void Take(Error? refusal)
    {
        ref var item = ref Items[Count++];
        item.Command = null;
        item.Refusal = refusal;
        _holdsObjects |= refusal is not null;
    }

    public void Add(in PublishSlice publish, Error? refusal)
    {
        Next().Publish = publish;
        Take(refusal);
    }

    public void Add(ClientFrame command)
    {
        ref var item = ref Next();
        item = new BatchItem { Command = command };
        Count++;
        _holdsObjects = true;
    }

    /// <summary>Lets go of the items and of what they hold, so that an idle connection costs nothing.</summary>
    public void Clear()
    {
        if (Items.Length == 0)
            return;
        // The slices of a publish point into pooled blocks, which live anyway; parsed frames must not.
        Pool.Return(Items, clearArray: _holdsObjects);
        Items = [];
        Count = 0;
        _holdsObjects = false;
    }

    private void Grow()
    {
        var larger = Pool.Rent(Math.Max(FirstCapacity, Items.Length * 2));
        Items.AsSpan(0, Count).CopyTo(larger);
        if (Items.Length > 0)
            Pool.Return(Items, clearArray: _holdsObjects);
        Items = larger;
    }
}

/// <summary>One frame that names a session.</summary>
internal struct BatchItem
{
    /// <summary>The publish; of a refusal its session and publish_id.</summary>
    public PublishSlice Publish;

    /// <summary>The frame where it is not a publish.</summary>
    public ClientFrame? Command;

    /// <summary>Why it is refused already; null where it is not.</summary>
    public Error? Refusal;

    public readonly ReadOnlySpan<byte> SessionId => Command switch
    {
        null => Publish.Session,
        { Subscribe: { } subscribe } => subscribe.SessionId.Span,
        { Unsubscribe: { } unsubscribe } => unsubscribe.SessionId.Span,
        { Fetch: { } fetch } => fetch.SessionId.Span,
        { Signal: { } signal } => signal.SessionId.Span,
        { Stop: { } stop } => stop.SessionId.Span,
        _ => [],
    };
}
