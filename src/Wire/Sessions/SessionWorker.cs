using System.Collections.Concurrent;
using System.Threading.Channels;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Sessions;

/// <summary>
/// The only writer of its share of the sessions. It is a work item of the thread pool that runs while there is something to
/// do: batches in its channel, signals, or a gate that opened. One run at a time, so nothing in it needs a lock.
/// </summary>
/// <remarks>
/// A round: release what the gate let through, take the signals, take batches (each becomes runs, encoded and appended),
/// start a flush, and flush each outbox that was written to, once.
/// </remarks>
internal sealed partial class SessionWorker : IThreadPoolWorkItem, IDisposable
{
    // After so many batches the work item goes to the back of the pool's queue: others' reads and sends want the thread too.
    private const int BatchesPerRound = 32;

    // What one look for sessions that may leave memory costs at most, beside what new and freed ones pay for.
    private const int MinLooks = 16;

    // A session that has changed by more runs since its checkpoint gets another one before it leaves memory.
    private const int MaxRunsToReplay = 32;

    private const int Idle = 0, Running = 1, Wanted = 2;

    private readonly WireEngine _engine;
    private readonly IMessageLog _log;
    private readonly TimeProvider _time;
    private readonly Channel<SessionBatch> _batches;
    private readonly SessionTable _sessions;
    private readonly List<SessionBatch> _touched = [];

    // Bounded by the connections, the sessions being loaded and the subscriptions: each has at most one signal under way.
    private readonly ConcurrentQueue<WorkerSignal> _signals = new();
    private int _state;

    // Whether the last round that took batches has appended something that an answer or a follower waits for.
    private bool _flushesEachRound;

    // How often a session came to have nothing that waits on it, since the clock of eviction went on, and the looks that its
    // hand has left for that.
    private int _freed;
    private int _looks;

    // The time of what is being done; default: not looked at yet.
    private DateTimeOffset _now;

    public SessionWorker(WireEngine engine, int loadedSessions)
    {
        _engine = engine;
        _log = engine.Log;
        _time = engine.Time;
        _turns = engine.Turns;
        _sessions = new SessionTable(loadedSessions);
        _ring = new DeliveryRing(engine.RingBudget);
        _writer = new RunWriter(Math.Min(RunWriter.MaxRunBytes, engine.Log.MaxRecordBytes));
        _run.Ranges = [];
        _lazyFlush = _time.CreateTimer(static worker => ((SessionWorker)worker!).OnLazyFlush(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _batches = System.Threading.Channels.Channel.CreateBounded<SessionBatch>(new BoundedChannelOptions(engine.Options.QueuedBatches) { SingleReader = true });
    }

    /// <summary>Sessions in memory. Exact only while the worker does nothing.</summary>
    public int LoadedSessions => _sessions.Count;

    /// <summary>Hands a batch over, to be followed by a <see cref="Run"/> or a <see cref="Schedule"/>; false where the queue is full. Any thread.</summary>
    public bool TryEnqueue(SessionBatch batch) => _batches.Writer.TryWrite(batch);

    /// <summary>Hands a batch over and waits while the queue is full. Any thread.</summary>
    public async ValueTask EnqueueAsync(SessionBatch batch)
    {
        await _batches.Writer.WriteAsync(batch).ConfigureAwait(false);
        Schedule();
    }

    /// <summary>Hands over something to be done between batches. Any thread.</summary>
    public void Post(WorkerSignal signal)
    {
        _signals.Enqueue(signal);
        Schedule();
    }

    /// <summary>Makes the worker look: the gate may have opened. Any thread, never blocks.</summary>
    public void Schedule()
    {
        // A plain look first would be cheaper and wrong: it may come before the caller's own write is visible, find Wanted,
        // and leave that write to a round that has already looked.
        if (Interlocked.Exchange(ref _state, Wanted) == Idle)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>
    /// Does a round on this thread where nobody else runs the worker, else makes whoever does look again. For a read loop that
    /// has just handed a batch over: its bytes are in this core's cache, and nobody has to be woken. Any thread, never blocks.
    /// </summary>
    public void Run()
    {
        // Where answers wait for the gate, rounds are better few and large: each ends with a flush.
        if (Volatile.Read(ref _flushesEachRound))
            Schedule();
        else if (Interlocked.Exchange(ref _state, Wanted) == Idle)
            ((IThreadPoolWorkItem)this).Execute();
    }

    public void Dispose()
    {
        _lazyFlush.Dispose();
        _writer.Dispose();
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            Interlocked.Exchange(ref _state, Running); // with its fence: the round looks after whoever comes now finds Running
            if (!Round() && Interlocked.CompareExchange(ref _state, Idle, Running) == Running)
                return;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        catch (Exception exception)
        {
            // The sessions of this worker are in an unknown state: the engine ends the process's service, loudly.
            _engine.Fault(exception);
        }
    }

    // True where more is known to wait.
    private bool Round()
    {
        _now = default;
        ServeGate();
        while (_signals.TryDequeue(out var signal))
            signal.Run(this);

        LetGoOfHeld();
        var more = false;
        if (TakeParked() && Resume() && TakeAppends())
        {
            TakeRetirements();
            var taken = 0;
            var awaited = _awaitedEnd;
            while (_batches.Reader.TryRead(out var batch))
            {
                _now = default;
                if (!Process(batch, 0))
                    break;
                EvictSurplus();
                ServeGate();
                if (++taken == BatchesPerRound)
                {
                    more = true;
                    break;
                }
            }
            if (taken > 0)
                Volatile.Write(ref _flushesEachRound, _awaitedEnd != awaited);
        }
        EvictSurplus();
        FlushLog();
        ServeGate();
        FlushTouched();
        return more;
    }

    private void Touch(SessionBatch batch)
    {
        if (batch.IsTouched)
            return;
        batch.IsTouched = true;
        _touched.Add(batch);
    }

    private void FlushTouched()
    {
        foreach (var batch in _touched)
        {
            batch.IsTouched = false;
            batch.Connection.Outbox.Flush();
        }
        _touched.Clear();
    }

    // A clock: who was used since the hand came by, or is not idle, gets another round. The hand may go on by a few sessions
    // each time and by two for each session that was added or that something ceased to hold, so those that cannot go never make
    // it run in circles. It waits at one that the log could not find again yet: what comes after it is no older.
    private void EvictSurplus()
    {
        _looks += 2 * (_sessions.TakeAdded() + _freed);
        _freed = 0;
        for (var looks = _looks + MinLooks; looks > 0 && _sessions.IsOverCapacity; looks--)
        {
            var session = _sessions.Oldest!;
            if (session.IsUsed || !session.IsIdle || session == _run.Session || AppendsCheckpointFirst(session))
            {
                session.IsUsed = false;
                _sessions.MoveToNewest(session);
            }
            else if (session.Chain.Tail != 0 && session.Chain.Tail >= _log.IndexedAddress)
            {
                return;
            }
            else
            {
                Forget(session);
            }
            _looks = Math.Max(0, _looks - 1);
        }
        if (!_sessions.IsOverCapacity)
            _looks = 0;
    }

    // A session that would take long to load again gets a checkpoint, where the log takes one, and goes once that is stored.
    private bool AppendsCheckpointFirst(Session session)
    {
        var before = session.Chain.RunNumber;
        if (before - session.Chain.Checkpoint.RunNumber <= MaxRunsToReplay || _run.IsOpen) // the writer may hold the open run
            return false;
        return TryAppendCheckpoint(session) == AppendStatus.Appended;
    }

    private void Forget(Session session)
    {
        session.State = SessionState.Evicted;
        _sessions.Remove(session);
    }

    private static Error StorageUnavailable() => new()
    {
        Code = ErrorCode.StorageUnavailable,
        Detail = "the log takes no publishes now",
        Fatal = true,
        RetryAfterMs = 1000,
    };
}
