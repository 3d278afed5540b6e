using Wire.Sessions;

namespace Wire.Subscriptions;

/// <summary>
/// Feeds one connection from the log: pages, and subscriptions that are catching up, in turns, on a pool thread that runs
/// while the outbox takes more. So a slow reader costs one stopped pump, and no memory.
/// </summary>
internal sealed class OutputPump(WireConnection connection) : IThreadPoolWorkItem
{
    private const int Idle = 0, Running = 1, Wanted = 2;

    private readonly Lock _lock = new();
    private readonly Queue<PumpWork> _work = new();
    private int _state;

    public void Add(PumpWork work)
    {
        lock (_lock)
            _work.Enqueue(work);
        Schedule();
    }

    /// <summary>Makes the pump look again. Any thread, never blocks.</summary>
    public void Schedule()
    {
        if (Interlocked.Exchange(ref _state, Wanted) == Idle) // always with its fence, as in SessionWorker.Schedule
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            Interlocked.Exchange(ref _state, Running);
            if (!Turn() && Interlocked.CompareExchange(ref _state, Idle, Running) == Running)
                return;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        catch (Exception exception)
        {
            connection.Engine.OnConnectionFault(connection, exception);
        }
    }

    // True where more can be done at once.
    private bool Turn()
    {
        PumpWork? work;
        lock (_lock)
        {
            if (!_work.TryPeek(out work))
                return false;
        }
        if (connection.Outbox.IsClosed)
        {
            lock (_lock)
                _work.Clear();
            return false;
        }
        var result = work.Run(connection.Outbox);
        connection.Outbox.Flush();
        if (result == PumpResult.Refused)
            return false;
        lock (_lock)
        {
            _work.Dequeue();
            if (result == PumpResult.More)
                _work.Enqueue(work);
            return _work.Count > 0;
        }
    }
}
