using Wire.Storage.Segments;

namespace Wire.Storage.Inspection;

/// <summary>
/// Reads a log from an address on: ranges of pages on all cores, given one after the other in the order of their addresses. What
/// is in memory at a time are as many ranges as there are cores, and one.
/// </summary>
internal sealed class LogScan(InspectedFolder folder, bool checksContent)
{
    const int RangeBytes = 4 << 20;

    readonly RangeScanner _scanner = new(folder, checksContent);

    /// <summary>Gives each range to <paramref name="take"/>, until that says false.</summary>
    /// <param name="from">The address of a page.</param>
    /// <param name="take">Called on the caller's thread; the range is used again after it returns.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    public void Run(long from, Func<ScannedRange, bool> take, CancellationToken cancellationToken)
    {
        using var ranges = RangesFrom(from).GetEnumerator();
        var waiting = new Queue<(Task Task, ScannedRange Range)>();
        var free = new Stack<ScannedRange>();
        var window = Math.Clamp(Environment.ProcessorCount, 1, 8) + 1;
        try
        {
            while (true)
            {
                while (waiting.Count < window && ranges.MoveNext())
                {
                    var range = free.TryPop(out var used) ? used : new ScannedRange();
                    (range.File, range.From, range.Length) = ranges.Current;
                    waiting.Enqueue((Task.Run(() => _scanner.Scan(range), CancellationToken.None), range));
                }
                if (!waiting.TryPeek(out var next))
                    return;
                next.Task.GetAwaiter().GetResult();
                waiting.Dequeue();
                cancellationToken.ThrowIfCancellationRequested();
                if (!take(next.Range))
                    return;
                if (next.Range.From + next.Range.Length >= next.Range.File.Limit)
                    next.Range.File.Rest();
                free.Push(next.Range);
            }
        }
        finally
        {
            foreach (var (task, _) in waiting)
                ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        }
    }

    /// <summary>Scans one page once more, as it is now.</summary>
    public ScannedRange Page(InspectedFile file, long address)
    {
        var range = new ScannedRange { File = file, From = address, Length = folder.Identity.PageBytes };
        _scanner.Scan(range);
        return range;
    }

    IEnumerable<(InspectedFile File, long From, int Length)> RangesFrom(long from)
    {
        var step = Math.Max(folder.Identity.PageBytes, RangeBytes);
        foreach (var file in folder.Files)
        {
            for (var at = Math.Max(file.StartAddress, from); at < file.Limit; at += step)
                yield return (file, at, (int)Math.Min(step, file.Limit - at));
        }
    }
}
