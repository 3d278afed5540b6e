using System.Diagnostics;

namespace Wire.Storage.Tests;

/// <summary>
/// Measures for how long a flush was open while the device had nothing in hand and nobody was inside a call to the log. In that
/// state no thread of the log has anything to run for, so it does not come from a machine that is too busy to run one: a device
/// or a caller that waits for a processor has its work in hand, or is inside its call. Only two looks that found the very same
/// flush count, and a time between looks in which this thread itself did not run is not counted, because then the timer that
/// pokes a stranded flush may not have run either.
/// </summary>
internal sealed class StrandedFlushWatcher : IDisposable
{
    static readonly TimeSpan ExpectedGap = TimeSpan.FromMilliseconds(3);

    readonly FasterMessageLog _log;
    readonly Thread _thread;
    int _calls;
    long _begun;
    long _longest;
    long _longestGap;
    volatile bool _ends;

    public StrandedFlushWatcher(FasterMessageLog log)
    {
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "stranded-flush-watcher" };
        _thread.Start();
    }

    public TimeSpan Longest => TimeSpan.FromTicks(Volatile.Read(ref _longest));

    /// <summary>A call that may begin a flush begins (1) or has ended (-1).</summary>
    public void Calls(int change)
    {
        if (change > 0)
            Interlocked.Increment(ref _begun);
        Interlocked.Add(ref _calls, change);
    }

    public (TimeSpan Stranded, TimeSpan Gap) Stop()
    {
        Dispose();
        return (Longest, TimeSpan.FromTicks(_longestGap));
    }

    public void Dispose()
    {
        _ends = true;
        _thread.Join();
    }

    void Run()
    {
        (long Begun, long Durable)? seen = null;
        var counted = TimeSpan.Zero;
        var last = Stopwatch.GetTimestamp();
        while (!_ends)
        {
            Thread.Sleep(1);
            var gap = Stopwatch.GetElapsedTime(last);
            last = Stopwatch.GetTimestamp();
            _longestGap = Math.Max(_longestGap, gap.Ticks);

            // The device last: once it is idle with a flush still open, nothing that was begun before can become busy again.
            var look = (Volatile.Read(ref _begun), _log.DurableAddress);
            var isStranded = Volatile.Read(ref _calls) == 0 && _log.FlushIsOpen && !_log.Device.IsBusy
                && _log.FlushIsOpen && Volatile.Read(ref _begun) == look.Item1 && _log.DurableAddress == look.DurableAddress;
            if (!isStranded)
            {
                seen = null;
                continue;
            }
            counted = seen == look ? counted + (gap < ExpectedGap ? gap : ExpectedGap) : TimeSpan.Zero;
            seen = look;
            Volatile.Write(ref _longest, Math.Max(_longest, counted.Ticks));
        }
    }
}
