using System.Diagnostics;
using System.Reflection;
using FASTER.core;

namespace Wire.Storage.Tests;

/// <summary>
/// A flush that never comes to the device: FASTER 2.6.5 can lose one between two threads, and where everybody waits for it,
/// nothing releases it. Provoked as it was found, by one thread that appends and another that flushes, each record awaited.
/// </summary>
public sealed class StrandedFlushTests
{
    static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(50);

    [Test]
    public async Task No_flush_is_stranded_in_a_minute_of_lock_step()
    {
        using var folder = new TestFolder();
        var captured = new CapturedLog();
        var options = new StorageOptions { Path = folder.Path, MinFreeBytes = 0, ReserveBytes = 8 << 20 };
        var disk = new SlowestCall();
        await using var open = await folder.OpenAsync(options, logger: captured, files: disk.Files);
        using var other = new Flusher(open.Log);
        using var watcher = new StrandedFlushWatcher((FasterMessageLog)open.Log);
        var watch = Stopwatch.StartNew();
        var slowest = TimeSpan.Zero;
        var count = 0L;
        var previous = 0L;
        while (watch.Elapsed < TimeSpan.FromMinutes(1))
        {
            var before = watch.Elapsed;
            var end = 0L;
            watcher.Calls(+1);
            // One session, as it grows: what all began a session of one id would be looked for in ever longer chains of the index.
            await open.AppendAsync(TestRecords.Run("s", count + 1, 160, previous), (address, e) => (previous, end) = (address, e));
            watcher.Calls(-1);
            // A second of the one way, a second of the other.
            if (before.Seconds % 2 == 0)
                other.Flush(watcher);
            while (open.Log.DurableAddress < end)
            {
                if (before.Seconds % 2 == 1)
                {
                    watcher.Calls(+1);
                    open.Log.Flush();
                    watcher.Calls(-1);
                }
                if (open.Log.DurableAddress < end)
                    await open.NextProgressAsync();
                if (open.Log.DurableAddress < end && before.Seconds % 2 == 0)
                    other.Flush(watcher);
            }
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, (watch.Elapsed - before).Ticks));
            count++;
        }
        var (stranded, gap) = watcher.Stop();
        TestContext.Out.WriteLine($"{count} records one after the other; a flush was open over an idle device for {stranded.TotalMilliseconds:f1} ms at most. "
            + $"Of the machine: the slowest record {slowest.TotalMilliseconds:f1} ms, the slowest call of the disk {disk}, the longest time that the watching thread did not run {gap.TotalMilliseconds:f1} ms");
        Assert.That(stranded, Is.LessThan(Bound));
        Assert.That(captured.Has(EventIds.FlushStranded), Is.False);
        Assert.That(count, Is.GreaterThan(1000));
    }

    /// <summary>The watcher sees what it is to see: a flush that cannot come to the device, because somebody stays in FASTER's epoch.</summary>
    [Test]
    public async Task A_flush_that_is_held_up_over_an_idle_device_is_seen()
    {
        using var folder = new TestFolder();
        await using var open = await folder.OpenAsync();
        using var watcher = new StrandedFlushWatcher((FasterMessageLog)open.Log);
        var epoch = (LightEpoch)typeof(FasterLog).GetField("epoch", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(((FasterMessageLog)open.Log).Faster)!;
        using var isInside = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        var holder = new Thread(() =>
        {
            epoch.Resume();
            isInside.Set();
            leave.Wait(OpenLog.Hung);
            epoch.Suspend();
        });
        holder.Start();
        isInside.Wait(OpenLog.Hung);
        var end = 0L;
        await open.AppendAsync(TestRecords.Run("s", 1), (_, e) => end = e);
        open.Log.Flush();
        while (watcher.Longest < 2 * Bound)
            await Task.Delay(1);
        leave.Set();
        holder.Join();
        await open.DurableAsync(end);
    }

    /// <summary>Flushes on a thread of its own when it is told to.</summary>
    sealed class Flusher : IDisposable
    {
        readonly IMessageLog _log;
        readonly SemaphoreSlim _asked = new(0);
        readonly Thread _thread;
        StrandedFlushWatcher? _watcher;
        volatile bool _ends;

        public Flusher(IMessageLog log)
        {
            _log = log;
            _thread = new Thread(Run) { IsBackground = true, Name = "flusher" };
            _thread.Start();
        }

        public void Flush(StrandedFlushWatcher watcher)
        {
            // From now on, and until it has run: that this thread waits for a processor strands no flush.
            watcher.Calls(+1);
            _watcher = watcher;
            _asked.Release();
        }

        public void Dispose()
        {
            _ends = true;
            _asked.Release();
            _thread.Join();
        }

        void Run()
        {
            while (true)
            {
                _asked.Wait();
                if (_ends)
                    return;
                _log.Flush();
                _watcher!.Calls(-1);
            }
        }
    }

    sealed class SlowestCall
    {
        readonly ThreadLocal<long> _began = new();
        (long Ticks, FileCall Call) _slowest;

        public SlowestCall() => Files = new ObservedFiles
        {
            Before = _ => _began.Value = Stopwatch.GetTimestamp(),
            After = call =>
            {
                var ticks = Stopwatch.GetElapsedTime(_began.Value).Ticks;
                lock (_began)
                    _slowest = ticks > _slowest.Ticks ? (ticks, call) : _slowest;
            },
        };

        public ObservedFiles Files { get; }

        public override string ToString() => $"{TimeSpan.FromTicks(_slowest.Ticks).TotalMilliseconds:f1} ms ({_slowest.Call.Operation})";
    }
}
