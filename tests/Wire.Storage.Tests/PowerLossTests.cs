namespace Wire.Storage.Tests;

/// <summary>
/// Power cuts and killed processes on a disk that forgets what was not synced, at every kind of moment, each on what the last one left:
/// everything that was durable is there, and what there is is the beginning of what was appended.
/// </summary>
public sealed class PowerLossTests
{
    [Test]
    public async Task Nothing_durable_is_lost_and_nothing_is_out_of_order([Range(0, 39)] int seed)
    {
        var violations = await RunAsync(seed, generations: 6, new VolatileDisk());
        Assert.That(violations, Is.Empty);
    }

    [Test]
    [Explicit("takes minutes")]
    [Category("Long")]
    [Category("Long")]
    public async Task Nothing_durable_is_lost_in_a_thousand_runs()
    {
        for (var seed = 1000; seed < 2000; seed++)
            Assert.That(await RunAsync(seed, generations: 8, new VolatileDisk()), Is.Empty, $"seed {seed}");
    }

    [Test]
    public async Task The_simulation_finds_a_log_whose_syncs_do_nothing()
    {
        var violations = new List<string>();
        for (var seed = 0; seed < 10; seed++)
            violations.AddRange(await RunAsync(seed, generations: 4, new VolatileDisk { ForgetsSyncs = true }));
        Assert.That(violations, Is.Not.Empty);
    }

    static async Task<List<string>> RunAsync(int seed, int generations, VolatileDisk disk)
    {
        using var folder = new TestFolder();
        var random = new Random(seed);
        var options = folder.Options(pageBytes: 8192 << random.Next(2), pagesInFile: random.Next(1, 5));
        options.SegmentAge = TimeSpan.FromSeconds(3);
        options.SnapshotLogBytes = random.Next(2) == 0 ? 1 : 1 << 14;
        // Moves by itself only: each second brings a slot, and now and then a new file.
        var time = new ManualTime();
        var violations = new List<string>();
        var appended = new List<RecoveryTests.Appended>();
        var promised = 64L;

        for (var generation = 0; generation < generations; generation++)
        {
            // The crash comes before one of the disk's operations, also of those with which the log is opened.
            var log = folder.Create(options, time, files: disk);
            var operation = 0;
            var crashAt = random.Next(generation == 0 ? 20 : 1, 250);
            var dice = new Random(random.Next());
            var powerIsCut = random.Next(3) > 0;
            VolatileDisk? image = null;
            var atCrash = 0L;
            disk.BeforeOperation = () =>
            {
                if (Interlocked.Increment(ref operation) != crashAt)
                    return;
                // First what was promised until then, and then what is left.
                atCrash = log.DurableAddress;
                Volatile.Write(ref image, powerIsCut ? disk.Crash(dice) : disk.Kill());
            };

            try
            {
                await using var open = await OpenLog.OpenAsync(log);
                var end = log.DurableAddress;
                Check(log, appended, promised, end, violations);
                appended.RemoveAll(a => a.End > end);
                // What the opening found is durable once it has returned, and so not in an image that was taken before.
                if (Volatile.Read(ref image) is null)
                    promised = end;

                for (var i = 0; Volatile.Read(ref image) is null && i < 5000; i++)
                {
                    var number = appended.Count + 1;
                    var size = random.Next(10) == 0 ? random.Next(3000) : random.Next(300);
                    var previous = appended.Count == 0 ? 0 : appended[^1].Address;
                    await open.AppendAsync(TestRecords.Run("s", number, size, previous), (a, e) => appended.Add(new("s", number, a, e)));
                    switch (random.Next(12))
                    {
                        case 0:
                            await open.DurableAsync(appended[^1].End);
                            break;
                        case 1 or 2 or 3:
                            log.Flush();
                            break;
                        case 4 when random.Next(4) == 0:
                            log.Roll();
                            break;
                        case 5 when random.Next(3) == 0:
                            time.Advance(TimeSpan.FromSeconds(1));
                            break;
                    }
                }
            }
            catch (Exception e)
            {
                violations.Add($"seed {seed}, generation {generation}: {e.Message}");
            }
            disk.BeforeOperation = null;
            // An orderly close, where the crash had not come yet.
            disk = Volatile.Read(ref image) ?? disk.Crash(dice);
            promised = Math.Max(promised, image is null ? log.DurableAddress : atCrash);
        }
        return violations;
    }

    static void Check(FasterMessageLog log, List<RecoveryTests.Appended> appended, long promised, long end, List<string> violations)
    {
        if (end < promised)
            violations.Add($"until {promised:x} was promised, until {end:x} is there");
        using var reader = log.OpenReader();
        foreach (var record in appended)
        {
            if (record.Address >= end)
                break;
            if (record.End > end)
                violations.Add($"{record} is there in part, until {end:x}");
            else if (reader.Read(record.Address, out var bytes) != LogReadStatus.Found)
                violations.Add($"{record} is not there, until {end:x}");
            else if (TestRecords.Read(bytes) != (record.Session, record.Number, true))
                violations.Add($"{record} is {TestRecords.Read(bytes)}");
        }
        if (appended.LastOrDefault(a => a.End <= end) is { End: > 0 } last
            && (!log.TryFind("s"u8, 0, out var newest) || newest != last.Address))
            violations.Add($"the newest record of the session is not {last}");
    }
}
