using Wire.Storage.Files;
using Wire.Storage.Inspection;

namespace Wire.Storage.Tests;

/// <summary>
/// Each single operation of a log's life goes wrong once, one run for each. The log is then refused at its start, or fails for
/// good, or needs nothing of what went wrong; it never hangs, never promises what is not there, and what it promised is found
/// by the next start, after the end of the process as after a power cut.
/// </summary>
public sealed class FaultSweepTests
{
    static readonly FileFault[] Faults = [FileFault.Broken, FileFault.BrokenAfterAPart, FileFault.Short, FileFault.TakesNothing];

    [Test]
    public async Task Any_operation_may_fail_on_a_disk_that_forgets([Values(0, 1, 2, 3)] int fault, [Values] ReadMethod reads)
    {
        using var folder = new TestFolder();
        var (before, disk) = await FaultStory.KilledAsync(folder, reads);
        int refused = 0, failed = 0, unharmed = 0, nth = 0;
        // Threads change the order a little from run to run: the last ones are those that the count comes to no more.
        for (var missed = 0; missed < 3;)
        {
            var plan = new FaultPlan(++nth, call => fault < 1 || call.Operation == FileOperation.Write, Faults[fault]);
            var faulty = disk.Kill();
            faulty.Faults = plan;
            var options = FaultStory.Options(folder, reads);
            var story = before.Fork(folder, options);
            story.MayMiss = true;
            var hasOpened = await story.RunAsync(faulty, records: 50);
            missed = plan.WasHit ? 0 : missed + 1;
            refused += hasOpened ? 0 : 1;
            failed += hasOpened && story.Health == LogHealth.Failed ? 1 : 0;
            unharmed += hasOpened && story.Health == LogHealth.Healthy ? 1 : 0;
            Assert.That(refused + failed + unharmed, Is.EqualTo(nth), $"{plan.Hit}: the log is {story.Health}");

            faulty.Faults = null;
            foreach (var left in (VolatileDisk[])[faulty.OnlyWhatIsDurable(), faulty.Crash(new Random(nth)), faulty.Kill()])
            {
                var next = story.Fork(folder, options);
                Assert.That(await next.RunAsync(left, records: 10), Is.True, $"{plan.Hit}: the next start was refused");
                Assert.That(next.Health, Is.EqualTo(LogHealth.Healthy), $"{plan.Hit}");
            }
        }
        TestContext.Out.WriteLine($"{nth - 3} operations: {refused} times refused at the start, {failed} times failed for good, {unharmed} times unharmed");
        Assert.That(nth, Is.GreaterThan(fault < 1 ? 150 : 35));
        Assert.That(failed, fault == 2 ? Is.Zero : Is.GreaterThan(20));
        Assert.That(refused, fault == 2 ? Is.Zero : Is.GreaterThan(2));
    }

    [Test]
    public async Task Any_operation_may_fail_on_real_files([Values(0, 1)] int fault, [Values] ReadMethod reads)
    {
        // Every third: the disk in memory is asked for all of them.
        for (int nth = 1, missed = 0; missed < 2; nth += 3)
        {
            using var folder = new TestFolder();
            var options = FaultStory.Options(folder, reads);
            var story = new FaultStory(folder, options) { MayMiss = true };
            Assert.That(await story.RunAsync(SystemFileLayer.Instance, records: 20), Is.True);
            var plan = new FaultPlan(nth, call => fault == 0 || call.Operation == FileOperation.Write, Faults[fault]);
            var hasOpened = await story.RunAsync(new ObservedFiles { Faults = plan }, records: 50);
            Assert.That(hasOpened && story.Health == LogHealth.Full, Is.False, $"{plan.Hit}");

            var next = story.Fork(folder, options);
            Assert.That(await next.RunAsync(SystemFileLayer.Instance, records: 10), Is.True, $"{plan.Hit}: the next start was refused");
            Assert.That(next.Health, Is.EqualTo(LogHealth.Healthy), $"{plan.Hit}");
            missed = plan.WasHit ? 0 : missed + 1;

            var report = LogInspector.Verify(folder.Path, options.KeyFile);
            Assert.That(report.IsSound, Is.True, $"{plan.Hit}: {string.Join(' ', report.Faults)}");
            Assert.That(report.Statistics.Messages, Is.EqualTo(next.Appended.Count));
        }
    }

    /// <summary>
    /// The system reports once what it could not write, to each opening of a file: where space is prepared in the file that the
    /// device writes to, the one must not be told in the place of the other.
    /// </summary>
    [Test]
    public async Task What_the_preparation_of_space_could_not_write_is_not_taken_for_written_by_the_device()
    {
        using var folder = new TestFolder();
        using var syncFailed = new ManualResetEventSlim();
        using var deviceIsDone = new ManualResetEventSlim();
        var disk = new VolatileDisk();
        var options = folder.Options(pageBytes: 32 << 10, pagesInFile: 64);
        options.ReserveBytes = 1 << 20;
        var log = folder.Create(options, files: disk);
        var promised = 0L;
        await using (var open = await OpenLog.OpenAsync(log))
        {
            disk.Faults = new FaultPlan(1, call => call is { Operation: FileOperation.Sync, ByDevice: false }, new FileFault(() =>
            {
                syncFailed.Set();
                Assert.That(deviceIsDone.Wait(OpenLog.Hung), Is.True);
                return new IOException("Input/output error (injected)");
            }));
            // The device has written, and syncs when the keeper's sync of the same file has failed.
            disk.BeforeSyncOfDevice = () => Assert.That(syncFailed.Wait(OpenLog.Hung), Is.True);
            var end = 0L;
            await open.AppendAsync(TestRecords.Run("s", 1), (_, e) => end = e);
            var isDurable = await open.TryDurableAsync(end);
            deviceIsDone.Set();
            promised = log.DurableAddress;
            Assert.That(isDurable, Is.False);
            await open.HealthAsync(LogHealth.Failed);
        }
        await using var again = await OpenLog.OpenAsync(folder.Create(options, files: disk.OnlyWhatIsDurable()));
        Assert.That(again.Log.DurableAddress, Is.GreaterThanOrEqualTo(promised));
    }
}
