using System.Diagnostics.CodeAnalysis;
using Wire.Log;
using Wire.Sessions;

namespace Wire.Subscriptions;

/// <summary>
/// Feeds one connection from the log: pages, and subscriptions that are catching up, in turns, by the <see cref="PumpRunner"/>,
/// while the outbox takes more. So a slow reader costs one stopped pump, and no memory.
/// </summary>
internal sealed class OutputPump(WireConnection connection)
{
    /// <summary>What is done in one turn leaves in one write; others have theirs after so much.</summary>
    public const int WorksATurn = 8;

    private const int Idle = 0, Running = 1, Wanted = 2;

    private readonly Lock _lock = new();
    private readonly Queue<PumpWork> _work = new();

    // The works of a turn that take steps. The runner's.
    private readonly List<PumpWork> _batch = new(WorksATurn);
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
            connection.Engine.Pumps.Add(this);
    }

    /// <summary>Begins a turn. Returns how many works it has.</summary>
    public int Begin()
    {
        Interlocked.Exchange(ref _state, Running);
        lock (_lock)
        {
            foreach (var work in _work)
            {
                if (_batch.Count == WorksATurn)
                    break;
                _batch.Add(work);
            }
        }
        return _batch.Count;
    }

    /// <summary>Gives the addresses of the records that the next steps read, and returns how many.</summary>
    public int LookAhead(Span<long> addresses)
    {
        var count = 0;
        foreach (var work in _batch)
        {
            if (work.NextAddress is not 0 and var address)
                addresses[count++] = address;
        }
        return count;
    }

    /// <summary>Takes a step of each of the turn's works, and, where none has another one, ends the turn. Returns whether there is more of it.</summary>
    public bool Step(ILogReader reader)
    {
        try
        {
            var isMore = false;
            foreach (var work in _batch)
                isMore |= work.Step(reader);
            if (isMore)
                return true;
            if (End(reader) || Interlocked.CompareExchange(ref _state, Idle, Running) != Running)
                connection.Engine.Pumps.Add(this);
        }
        catch (Exception exception)
        {
            connection.Engine.OnConnectionFault(connection, exception);
        }
        return false;
    }

    // True where more can be done at once.
    private bool End(ILogReader reader)
    {
        try
        {
            var works = 0;
            while (TryPeek(out var work))
            {
                var result = work.Run(connection.Outbox, reader);
                if (result == PumpResult.Refused)
                {
                    foreach (var other in _batch)
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
            _batch.Clear();
            connection.Outbox.Flush();
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
