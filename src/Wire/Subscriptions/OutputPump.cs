using System.Diagnostics.CodeAnalysis;
using Wire.Log;
using Wire.Sessions;

namespace Wire.Subscriptions;

/// <summary>
/// Feeds one connection from the log: pages, and subscriptions that are catching up, in turns, on a pool thread that runs
/// while the outbox takes more. So a slow reader costs one stopped pump, and no memory.
/// </summary>
internal sealed class OutputPump(WireConnection connection) : IThreadPoolWorkItem
{
    private const int Idle = 0, Running = 1, Wanted = 2;

    // What is done in one turn leaves in one write; others have theirs after so much.
    private const int WorksATurn = 8;

    private readonly Lock _lock = new();
    private readonly Queue<PumpWork> _work = new();
    private ILogReader? _reader;
    private int _state;

    /// <summary>Reads the log during a turn, for the work that runs.</summary>
    public ILogReader Reader => _reader ??= connection.Engine.Log.OpenReader();

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
        try
        {
            if (TakeBatch() is var batch && batch.Length > 1)
                Prepare(batch);
            var works = 0;
            while (TryPeek(out var work))
            {
                var result = work.Run(connection.Outbox);
                if (result == PumpResult.Refused)
                {
                    foreach (var other in batch)
                    {
                        if (other != work)
                            other.Forget();
                    }
                    return false;
                }
                lock (_lock)
                {
                    _work.Dequeue();
                    if (result == PumpResult.More)
                        _work.Enqueue(work);
                }
                if (result == PumpResult.More || ++works == WorksATurn)
                    return true;
            }
            return false;
        }
        finally
        {
            _reader?.Dispose();
            _reader = null;
            connection.Outbox.Flush();
        }
    }

    private PumpWork[] TakeBatch()
    {
        lock (_lock)
            return _work.Count > 1 ? [.. _work.Take(WorksATurn)] : [];
    }

    private static void Prepare(PumpWork[] batch)
    {
        var isMore = true;
        while (isMore)
        {
            isMore = false;
            foreach (var work in batch)
                isMore |= work.Step();
        }
    }

    private bool TryPeek([NotNullWhen(true)] out PumpWork? work)
    {
        lock (_lock)
        {
            if (connection.Outbox.IsClosed)
                _work.Clear();
            return _work.TryPeek(out work);
        }
    }
}
