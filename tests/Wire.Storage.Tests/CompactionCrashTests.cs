using Wire.Storage.Compaction;
using Wire.Storage.Encryption;
using Wire.Storage.Folder;
using Wire.Storage.Inspection;
using Wire.Storage.Segments;

namespace Wire.Storage.Tests;

/// <summary>Whenever the process or the power ends while files are compacted, nothing is lost.</summary>
public sealed class CompactionCrashTests : CompactionFixture
{
    [Test]
    public async Task A_crash_before_any_step_loses_nothing([Values] bool powerIsCut, [Values] bool isEncrypted)
    {
        var options = Options(isEncrypted);
        var disk = new VolatileDisk();
        List<RecoveryTests.Appended> appended;
        await using (var open = await _folder.OpenAsync(options, _time, files: disk))
            appended = await AppendAsync(open, 1, 90, 3000);
        var random = new Random(1);
        var steps = 0;
        for (var crashAt = 1; ; crashAt++)
        {
            disk = disk.Kill();
            VolatileDisk? image = null;
            var step = 0;
            await using (var open = await _folder.OpenAsync(options, _time, files: disk))
            {
                disk.BeforeOperation = () =>
                {
                    if (Thread.CurrentThread.Name == "wire-log-compaction" && ++step == crashAt)
                        Volatile.Write(ref image, powerIsCut ? disk.Crash(random) : disk.Kill());
                };
                await CompactAllAsync(open.Log);
                disk.BeforeOperation = null;
            }
            if (image is null)
                break;
            steps = crashAt;
            // What is left is read, compacted as if nothing had been, and the power goes once more before anything is written.
            foreach (var start in (VolatileDisk[])[image, image.Kill().Crash(random)])
            {
                var later = new List<VolatileDisk>();
                await using (var open = await _folder.OpenAsync(options, _time, files: start))
                {
                    RecoveryTests.AssertRecords(open.Log, appended);
                    RecoveryTests.AssertIndex(open.Log, appended);
                    // What the start did may be lost as well, and not in its order.
                    for (var i = 0; i < 4; i++)
                        later.Add(start.Crash(random));
                    await CompactAllAsync(open.Log);
                    RecoveryTests.AssertRecords(open.Log, appended);
                }
                Assert.That(start.List(_folder.Segments).Count(p => p.EndsWith(".tmp", StringComparison.Ordinal) && p.Contains(".cold", StringComparison.Ordinal)), Is.Zero);
                var cold = start.List(_folder.Segments).Where(p => p.EndsWith(".cold", StringComparison.Ordinal)).ToList();
                Assert.That(cold, Is.Not.Empty);
                Assert.That(cold.Any(p => start.Exists(Path.ChangeExtension(p, ".seg"))), Is.False);
                foreach (var lost in later)
                {
                    await using var open = await _folder.OpenAsync(options, _time, files: lost);
                    RecoveryTests.AssertRecords(open.Log, appended);
                }
            }
            // Each step on a disk that has not met any of them.
            disk = new VolatileDisk();
            await using (var open = await _folder.OpenAsync(options, _time, files: disk))
                appended = await AppendAsync(open, 1, 90, 3000);
        }
        Assert.That(steps, Is.GreaterThan(20));
    }

    [Test]
    public async Task Power_cuts_and_kills_at_any_moment_lose_nothing_durable([Range(0, 9)] int seed)
    {
        var compacted = 0;
        for (var part = 0; part < 5; part++)
        {
            var run = new PowerLossRun(seed * 100 + part, new VolatileDisk()) { Compacts = true, KeyFile = part % 2 == 0 ? _keys.Path : null };
            Assert.That((await run.RunAsync(generations: 8)).Violations, Is.Empty);
            compacted += run.Compacted;
        }
        Assert.That(compacted, Is.GreaterThan(10));
    }
}
