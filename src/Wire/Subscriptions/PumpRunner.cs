using System.Collections.Concurrent;
using Wire.Log;

namespace Wire.Subscriptions;

/// <summary>
/// Runs the pumps that have something to do on pool threads. Where more of them wait than there are processors, a thread takes
/// several and goes through their pages in turns, a record of each: the next records of all are fetched from memory at the same
/// time, so that none is waited for.
/// </summary>
internal sealed class PumpRunner(IMessageLog log) : IThreadPoolWorkItem
{
    // Enough that memory is not what a page waits for.
    private const int EnoughWorks = 16, MaxWorks = EnoughWorks - 1 + OutputPump.WorksATurn;

    private readonly ConcurrentQueue<OutputPump> _ready = new();

    /// <summary>Has a pump run. Any thread, never blocks.</summary>
    public void Add(OutputPump pump)
    {
        _ready.Enqueue(pump);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    // Called once for each pump that was added, which an earlier call may have taken along.
    void IThreadPoolWorkItem.Execute()
    {
        var share = 1 + (_ready.Count / Environment.ProcessorCount);
        var pumps = new List<OutputPump>(Math.Min(share, EnoughWorks));
        for (var works = 0; works < EnoughWorks && pumps.Count < share && _ready.TryDequeue(out var pump);)
        {
            works += pump.Begin();
            pumps.Add(pump);
        }
        if (pumps.Count == 0)
            return;

        using var reader = log.OpenReader();
        Span<long> ahead = stackalloc long[MaxWorks];
        while (pumps.Count > 0)
        {
            var count = 0;
            foreach (var pump in pumps)
                count += pump.LookAhead(ahead[count..]);
            // Before any of them takes its step: it goes on beside all of these.
            reader.PrefetchPrevious(ahead[..count]);
            for (var i = 0; i < pumps.Count; i++)
            {
                // What is through leaves at once, whatever the others have to do.
                if (!pumps[i].Step(reader))
                    pumps.RemoveAt(i--);
            }
        }
    }
}
