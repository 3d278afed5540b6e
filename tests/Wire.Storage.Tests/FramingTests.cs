using FASTER.core;
using Wire.Storage.Recovery;

namespace Wire.Storage.Tests;

/// <summary>The log's own reading of FASTER's pages against FASTER's.</summary>
public sealed class FramingTests
{
    [Test]
    public async Task Records_of_every_size_are_found_where_FASTER_finds_them([Range(0, 7)] int seed)
    {
        using var folder = new TestFolder();
        var options = folder.Options(pageBytes: 8192, pagesInFile: 5);
        var random = new Random(seed);
        var appended = new List<RecoveryTests.Appended>();
        await using (var open = await folder.OpenAsync(options))
        {
            var largest = open.Log.MaxRecordBytes - (TestRecords.Run("s", 600, 1000).Length - 1000);
            for (var number = 1L; number <= 600; number++)
            {
                var left = (int)(-((FasterMessageLog)open.Log).Faster.TailAddress & 8191);
                // Rests of 0, 4, 8, 12 … bytes at the end of a page, whole pages, and anything.
                var size = random.Next(4) switch
                {
                    0 => left - (TestRecords.Run("s", number, 200).Length - 200) - 4 - random.Next(30) * 4 - random.Next(4),
                    1 => largest - random.Next(12),
                    _ => random.Next(1000),
                };
                if (size < 0)
                    size = random.Next(100);
                await open.AppendAsync(TestRecords.Run("s", number, Math.Min(size, largest)), (a, e) => appended.Add(new("s", number, a, e)));
            }
            await open.DurableAsync(appended[^1].End);
        }

        await using var again = await folder.OpenAsync(options);
        var log = (FasterMessageLog)again.Log;
        var scanned = new List<(long Address, byte[] Record)>();
        using (var scan = log.Faster.Scan(PageFraming.FirstAddress, log.DurableAddress))
        {
            while (scan.GetNext(out var entry, out var length, out var address))
                scanned.Add((address, entry[..length]));
        }
        Assert.That(scanned.Select(s => s.Address), Is.EqualTo(appended.Select(a => a.Address)));
        using var reader = log.OpenReader();
        foreach (var (address, record) in scanned)
        {
            Assert.That(reader.Read(address, out var read), Is.EqualTo(LogReadStatus.Found));
            Assert.That(read.SequenceEqual(record), Is.True);
        }
    }

    [TestCase(1L << 46)]
    [TestCase((1L << 46) + (1L << 40))]
    [TestCase(1L << 40)]
    public async Task Addresses_go_up_to_where_FASTER_ends(long around)
    {
        using var folder = new TestFolder();
        var options = folder.Options(pageBytes: 64 << 10, pagesInFile: 4);
        // Crosses the boundary on the way.
        var first = around - 3L * options.PageBytes;
        List<RecoveryTests.Appended> appended = [];
        for (var boot = 0; boot < 3; boot++)
        {
            await using var open = await folder.OpenAsync(options, firstAddress: first);
            for (var i = 0; i < 300; i++)
            {
                var number = appended.Count + 1;
                await open.AppendAsync(TestRecords.Run("s", number, 1000, appended.Count == 0 ? 0 : appended[^1].Address),
                    (a, e) => appended.Add(new("s", number, a, e)));
            }
            await open.DurableAsync(appended[^1].End);
            RecoveryTests.AssertRecords(open.Log, appended);
        }
        Assert.That(appended[0].Address, Is.EqualTo(first));
        Assert.That(appended[^1].Address, Is.GreaterThan(around));
        await using var again = await folder.OpenAsync(options);
        RecoveryTests.AssertRecords(again.Log, appended);
        RecoveryTests.AssertIndex(again.Log, appended);
    }

    [Test]
    public async Task At_the_last_address_the_log_fails_loudly_and_keeps_what_it_has()
    {
        using var folder = new TestFolder();
        var options = folder.Options(pageBytes: 8192, pagesInFile: 4);
        var limit = (int.MaxValue - 1024L) * options.PageBytes;
        var appended = new List<RecoveryTests.Appended>();
        var captured = new CapturedLog();
        await using (var open = await folder.OpenAsync(options, firstAddress: limit - 6L * options.PageBytes, logger: captured))
        {
            var number = 0L;
            while (await open.AppendAsync(TestRecords.Run("s", ++number, 2000), (a, e) => appended.Add(new("s", number, a, e))) == AppendStatus.Appended)
                await open.DurableAsync(appended[^1].End);
            Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Failed));
            Assert.That(appended, Has.Count.GreaterThan(15));
            RecoveryTests.AssertRecords(open.Log, appended);
        }
        Assert.That(captured.Events.Any(e => e.Id == EventIds.LogFailed && e.Text.Contains("used up its addresses")), Is.True);
        await using var again = await folder.OpenAsync(options);
        RecoveryTests.AssertRecords(again.Log, appended);
    }

    [Test]
    public void Flushes_take_the_short_way_through_FASTER()
    {
        using var device = new NullDevice();
        using var log = new FasterLog(new FasterLogSettings { LogDevice = device, TryRecoverLatest = false, LogCommitManager = new Device.RecoveredAt(0, 0) });
        Assert.That(new Device.FlushStarter(log).IsDirect, Is.True);
    }
}
