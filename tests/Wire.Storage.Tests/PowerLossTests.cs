using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Wire.Storage.Segments;

namespace Wire.Storage.Tests;

/// <summary>
/// Power cuts and killed processes on a disk that forgets what was not synced, at every kind of moment, each on what the last one left:
/// everything that was durable is there, and what there is is the beginning of what was appended.
/// </summary>
public sealed class PowerLossTests
{
    const int Generations = 8;

    readonly TestKeys _keys = new(1, 2);

    [OneTimeTearDown]
    public void DeleteKeys() => _keys.Dispose();

    [Test]
    public async Task Nothing_durable_is_lost_and_nothing_is_out_of_order()
    {
        var (counts, violations) = await RunAsync(Enumerable.Range(0, 600), Mixed);
        Assert.That(violations, Is.Empty);
        Assert.That(counts.Crashes, Is.EqualTo(600 * Generations));
        Assert.That(counts.OnFullDisk, Is.GreaterThan(100));
    }

    /// <summary>The same for as long as is asked for: WIRE_POWER_LOSS_MINUTES (10), from the seed WIRE_POWER_LOSS_SEED (1,000,000) on.</summary>
    [Test]
    [Category("Long")]
    public async Task Nothing_durable_is_lost_for_as_long_as_is_asked_for()
    {
        var minutes = Setting("WIRE_POWER_LOSS_MINUTES", 10);
        var seed = (int)Setting("WIRE_POWER_LOSS_SEED", 1_000_000);
        var watch = Stopwatch.StartNew();
        var (_, violations) = await RunAsync(Seeds(), Mixed);
        Assert.That(violations, Is.Empty);

        IEnumerable<int> Seeds()
        {
            while (watch.Elapsed.TotalMinutes < minutes)
                yield return seed++;
        }
    }

    /// <summary>The files behind the end go one after the other: what a disk keeps of that in any order must not be taken for a file that is missing.</summary>
    [Test]
    public async Task A_power_cut_while_a_start_cuts_away_what_a_crash_has_left_leaves_no_gap()
    {
        using var folder = new TestFolder();
        var options = folder.Options(pageBytes: 8192, pagesInFile: 1);
        var disk = new VolatileDisk();
        var appended = new List<RecoveryTests.Appended>();
        await using (var open = await folder.OpenAsync(options, files: disk))
        {
            while (disk.Segments().Count < 5)
            {
                var previous = appended.Count == 0 ? 0 : appended[^1].Address;
                await open.AppendAsync(TestRecords.Run("s", appended.Count + 1, 2000, previous), (a, e) => appended.Add(new("s", appended.Count + 1, a, e)));
                await open.DurableAsync(appended[^1].End);
            }
        }
        foreach (var (path, _) in disk.Segments().Skip(1))
        {
            for (var offset = SegmentHeader.Size; offset < options.SegmentBytes; offset += VolatileFile.Sector)
                disk.Lose(path, offset);
        }
        foreach (var hint in disk.Hints())
            disk.Delete(hint);
        disk = disk.Kill().Crash(new Random(1));

        var left = 0;
        for (int nth = 1, count = nth; count >= nth; nth++)
        {
            var images = new List<VolatileDisk>();
            var starting = disk.Kill();
            count = 0;
            starting.BeforeOperation = () =>
            {
                if (Interlocked.Increment(ref count) == nth)
                    images.AddRange(Enumerable.Range(0, 16).Select(seed => starting.Crash(new Random(seed))));
            };
            await using (await folder.OpenAsync(options, files: starting))
                starting.BeforeOperation = null;
            foreach (var image in images)
            {
                await using var open = await folder.OpenAsync(options, files: image);
                using var reader = open.Log.OpenReader();
                Assert.That(reader.Read(appended[0].Address, out _), Is.EqualTo(LogReadStatus.Found), $"a power cut before operation {nth}");
                left++;
            }
        }
        Assert.That(left, Is.GreaterThan(100));
    }

    [Test]
    public Task The_simulation_finds_a_log_whose_syncs_do_nothing() =>
        IsFoundAsync(seed => new PowerLossRun(seed, new VolatileDisk { Syncs = SyncKind.Forgotten }));

    /// <summary>What the device had called back for is on stable storage only after its next sync.</summary>
    [Test]
    public Task The_simulation_finds_a_callback_before_the_sync() =>
        IsFoundAsync(seed => new PowerLossRun(seed, new VolatileDisk { Syncs = SyncKind.Late }));

    [Test]
    public Task The_simulation_finds_a_log_whose_names_are_not_synced() =>
        IsFoundAsync(seed => new PowerLossRun(seed, new VolatileDisk { FolderSyncs = SyncKind.Forgotten }));

    /// <summary>FASTER then takes the last page for empty, and the next flush overwrites the sector that the log ended in.</summary>
    [Test]
    public Task The_simulation_finds_a_recovery_to_an_unaligned_address() =>
        IsFoundAsync(seed => new PowerLossRun(seed, new VolatileDisk(), new OpeningSteps { Restore = (faster, begin, end) => faster.Initialize(begin, end, 1) }));

    /// <summary>A disk that loses what it had synced: never in silence, where a later record says that it was there.</summary>
    [Test]
    public async Task A_hole_below_what_a_later_record_calls_durable_is_always_refused()
    {
        var (counts, violations) = await RunAsync(Enumerable.Range(0, 200), seed => new PowerLossRun(seed, new VolatileDisk()) { LosesASyncedSector = true });
        Assert.That(violations, Is.Empty);
        Assert.That(counts.Refusals, Is.GreaterThan(190));
    }

    [Test]
    public Task The_simulation_finds_a_hole_that_is_accepted() =>
        IsFoundAsync(seed => new PowerLossRun(seed, new VolatileDisk(), new OpeningSteps { FindProof = (_, _, _) => null }) { LosesASyncedSector = true });

    static async Task IsFoundAsync(Func<int, PowerLossRun> newRun)
    {
        var (_, violations) = await RunAsync(Enumerable.Range(0, 40), newRun);
        Assert.That(violations, Is.Not.Empty);
        TestContext.Out.WriteLine(violations[0]);
    }

    // A third of the disks are small, and get more room when the log has filled them; some logs are encrypted, some compacted.
    PowerLossRun Mixed(int seed) => new(seed, new VolatileDisk { Capacity = seed % 3 == 0 ? 60_000 + (long)seed * 977 % 300_000 : null })
    {
        KeyFile = seed % 4 == 1 ? _keys.Path : null,
        Compacts = seed % 5 == 2,
    };

    static async Task<(PowerLossCounts Counts, List<string> Violations)> RunAsync(IEnumerable<int> seeds, Func<int, PowerLossRun> newRun)
    {
        var watch = Stopwatch.StartNew();
        var counts = new PowerLossCounts();
        var violations = new ConcurrentQueue<string>();
        var runs = 0;
        await Parallel.ForEachAsync(seeds, async (seed, _) =>
        {
            var run = await newRun(seed).RunAsync(Generations);
            lock (counts)
            {
                counts.Add(run.Counts);
                runs++;
            }
            foreach (var violation in run.Violations)
                violations.Enqueue(violation);
        });
        TestContext.Out.WriteLine($"{runs} logs, {counts}; {violations.Count} violations; {watch.Elapsed.TotalSeconds:f0} s");
        return (counts, [.. violations]);
    }

    static double Setting(string name, double otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
