using Wire.Storage.Device;

namespace Wire.Storage.Tests;

/// <summary>That a flush always ends, or is reported.</summary>
public sealed class FlushTests
{
    [Test]
    public void A_stranded_flush_is_poked_then_reported_then_given_up()
    {
        var watch = new FlushWatch();
        Assert.That(Look(watch, 0), Is.EqualTo(FlushWatch.Verdict.Nothing));
        Assert.That(Look(watch, 4), Is.EqualTo(FlushWatch.Verdict.Nothing));
        Assert.That(Look(watch, 5), Is.EqualTo(FlushWatch.Verdict.Poke));
        Assert.That(Look(watch, 999), Is.EqualTo(FlushWatch.Verdict.Poke));
        Assert.That(Look(watch, 1000), Is.EqualTo(FlushWatch.Verdict.PokeAndReport));
        Assert.That(Look(watch, 1005), Is.EqualTo(FlushWatch.Verdict.Poke));
        Assert.That(Look(watch, 9999), Is.EqualTo(FlushWatch.Verdict.Poke));
        Assert.That(Look(watch, 10_000), Is.EqualTo(FlushWatch.Verdict.Latch));

        static FlushWatch.Verdict Look(FlushWatch watch, int milliseconds) =>
            watch.Look(TimeSpan.FromMilliseconds(milliseconds), flushIsOpen: true, deviceIsBusy: false, flushedAddress: 100);
    }

    [Test]
    public void A_busy_device_is_slow_and_never_given_up()
    {
        var watch = new FlushWatch();
        for (var second = 0; second < 5; second++)
            Assert.That(Look(second, busy: true, durable: 1), Is.EqualTo(FlushWatch.Verdict.Nothing));
        Assert.That(Look(5, busy: true, durable: 1), Is.EqualTo(FlushWatch.Verdict.Slow));
        Assert.That(Look(500, busy: true, durable: 1), Is.EqualTo(FlushWatch.Verdict.Slow));
        // It moved on: everything begins anew.
        Assert.That(Look(501, busy: true, durable: 2), Is.EqualTo(FlushWatch.Verdict.Nothing));
        Assert.That(Look(502, busy: false, durable: 2), Is.EqualTo(FlushWatch.Verdict.Nothing));
        Assert.That(Look(503, busy: false, durable: 2), Is.EqualTo(FlushWatch.Verdict.PokeAndReport));

        FlushWatch.Verdict Look(int second, bool busy, long durable) => watch.Look(TimeSpan.FromSeconds(second), true, busy, durable);
    }

    [Test]
    public async Task A_device_that_is_busy_for_long_is_reported_and_recovers()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var captured = new CapturedLog();
        var device = new HeldDevice();
        await using var open = await folder.OpenAsync(time: time, files: device.Files, logger: captured);
        var end = 0L;
        using (device.Hold())
        {
            await open.AppendAsync(TestRecords.Run("s", 1), (_, e) => end = e);
            open.Log.Flush();
            time.Advance(TimeSpan.FromSeconds(6));
            await open.HealthAsync(LogHealth.Slow);
            time.Advance(TimeSpan.FromSeconds(60));
            Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Slow));
            // It takes appends all the same.
            Assert.That(await open.AppendAsync(TestRecords.Run("s", 2), (_, e) => end = e), Is.EqualTo(AppendStatus.Appended));
        }
        await open.DurableAsync(end);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Healthy));
        Assert.That(captured.Has(EventIds.DiskSlow) && captured.Has(EventIds.DiskFast), Is.True);
    }

    [Test]
    public async Task Appends_and_flushes_allocate_next_to_nothing()
    {
        using var folder = new TestFolder();
        await using var open = await folder.OpenAsync(folder.Options(pageBytes: 1 << 20, pagesInFile: 64));
        var record = TestRecords.Run("s", 1, 160);
        var end = 0L;
        for (var i = 0; i < 2000; i++)
            open.Log.Append(record, out _, out end);
        await open.DurableAsync(end);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var taken = 0;
        for (var i = 0; i < 1000; i++)
            taken += open.Log.Append(record, out _, out end) == AppendStatus.Appended ? 1 : 0;
        var appends = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(taken, Is.EqualTo(1000));
        await open.DurableAsync(end);

        before = GC.GetAllocatedBytesForCurrentThread();
        open.Log.Append(record, out _, out end);
        open.Log.Flush();
        var flush = GC.GetAllocatedBytesForCurrentThread() - before;
        await open.DurableAsync(end);

        Assert.That(appends, Is.Zero);
        // FASTER's own: a flush request, its callback, an action for the epoch.
        Assert.That(flush, Is.LessThan(1024));
        TestContext.Out.WriteLine($"a flush allocates {flush} bytes on the thread that starts it");
    }
}
