using System.Text;

namespace Wire.Storage.Tests;

public sealed class RecoveryTests
{
    [Test]
    public async Task Everything_durable_is_there_after_an_orderly_close([Values(false, true)] bool orderly)
    {
        using var folder = new TestFolder();
        var appended = await FillAsync(folder, 1, 3000, orderly);

        await using var log = await folder.OpenAsync();
        AssertRecords(log.Log, appended);
        Assert.That(log.Log.DurableAddress, Is.EqualTo(appended[^1].End));
        Assert.That(log.Log.LastMessageId, Is.EqualTo(3000));
        AssertIndex(log.Log, appended);
    }

    [Test]
    public async Task The_log_goes_on_where_it_ended([Values(false, true)] bool orderly)
    {
        using var folder = new TestFolder();
        var appended = new List<Appended>();
        for (var boot = 0; boot < 12; boot++)
            appended.AddRange(await FillAsync(folder, 1 + boot * 170, 170, orderly, appended));

        await using var log = await folder.OpenAsync();
        AssertRecords(log.Log, appended);
        AssertIndex(log.Log, appended);
        using var reader = log.Log.OpenReader();
        ulong sequence = 0;
        uint epoch = 0;
        foreach (var record in appended)
        {
            reader.Read(record.Address, out var bytes);
            var header = new RecordHeader(bytes);
            Assert.That(header.LogSequence, Is.EqualTo(++sequence));
            Assert.That(header.Epoch, Is.GreaterThanOrEqualTo(epoch));
            epoch = header.Epoch;
        }
    }

    [Test]
    public async Task An_empty_log_opens_again()
    {
        using var folder = new TestFolder();
        for (var i = 0; i < 3; i++)
        {
            await using var log = await folder.OpenAsync();
            Assert.That(log.Log.DurableAddress, Is.EqualTo(64));
            Assert.That(log.Log.LastMessageId, Is.Zero);
        }
        var appended = await FillAsync(folder, 1, 10, orderly: true);
        await using var last = await folder.OpenAsync();
        AssertRecords(last.Log, appended);
    }

    [Test]
    public async Task A_first_record_that_does_not_fit_the_first_page_begins_the_second([Values] bool orderly)
    {
        using var folder = new TestFolder();
        var appended = new List<Appended>();
        await using (var open = await folder.OpenAsync())
        {
            var largest = TestRecords.Run("session", 1, open.Log.MaxRecordBytes - (TestRecords.Run("session", 1, 1000).Length - 1000));
            await open.AppendAsync(largest, (a, e) => appended.Add(new("session", 1, a, e)));
            await open.AppendAsync(TestRecords.Run("session", 2, 10, appended[0].Address), (a, e) => appended.Add(new("session", 2, a, e)));
            await open.DurableAsync(appended[^1].End);
            folder.Snapshot();
        }
        if (!orderly)
            folder.RestoreSnapshot();
        Assert.That(appended[0].Address, Is.EqualTo(folder.Options().PageBytes));

        await using var again = await folder.OpenAsync();
        Assert.That(again.Log.DurableAddress, Is.EqualTo(appended[^1].End));
        AssertRecords(again.Log, appended);
        AssertIndex(again.Log, appended);
    }

    [Test]
    public async Task Files_that_are_closed_and_durable_are_not_kept_open()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Open files are counted on Linux only.");
        using var folder = new TestFolder();
        var options = folder.Options(pagesInFile: 1);
        var appended = await FillAsync(folder, 1, 2000, orderly: true, options: options);
        Assert.That(folder.SegmentFiles, Has.Length.GreaterThan(20));

        await using var log = await folder.OpenAsync(options);
        AssertRecords(log.Log, appended);
        Assert.That(OpenFiles(), Is.LessThan(8));

        for (var number = 1L; number <= 500; number++)
            await log.AppendAsync(TestRecords.Run("s", number, 1000), (a, e) => appended.Add(new Appended("s", number, a, e)));
        await log.DurableAsync(appended[^1].End);
        AssertRecords(log.Log, appended);
        // Those that were closed last may still wait for the keeper to come by.
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        while (OpenFiles() >= 12)
        {
            Assert.That(System.Diagnostics.Stopwatch.GetElapsedTime(since), Is.LessThan(OpenLog.Hung), $"{OpenFiles()} files stay open");
            await Task.Delay(10);
        }

        int OpenFiles() => Directory.GetFiles("/proc/self/fd").Count(fd =>
            new FileInfo(fd).LinkTarget?.StartsWith(folder.Segments, StringComparison.Ordinal) == true); // null where it was closed since
    }

    internal readonly record struct Appended(string Session, long Number, long Address, long End);

    /// <summary>Appends records of ten sessions and waits for them; without an orderly close, the folder is as a killed process leaves it.</summary>
    internal static async Task<List<Appended>> FillAsync(TestFolder folder, long first, int count, bool orderly,
        List<Appended>? before = null, StorageOptions? options = null, int payload = 300)
    {
        var appended = new List<Appended>();
        var previous = new Dictionary<string, long>();
        foreach (var record in before ?? [])
            previous[record.Session] = record.Address;

        var log = await folder.OpenAsync(options);
        await using (log)
        {
            for (var number = first; number < first + count; number++)
            {
                var session = $"session-{number % 10}";
                var record = TestRecords.Run(session, number, (int)(number * 37 % payload), previous.GetValueOrDefault(session));
                await log.AppendAsync(record, (address, end) => appended.Add(new Appended(session, number, address, end)));
                previous[session] = appended[^1].Address;
            }
            await log.DurableAsync(appended[^1].End);
            if (orderly)
                return appended;
            folder.Snapshot();
        }
        folder.RestoreSnapshot();
        return appended;
    }

    internal static void AssertRecords(IMessageLog log, IEnumerable<Appended> appended)
    {
        using var reader = log.OpenReader();
        foreach (var record in appended)
        {
            Assert.That(reader.Read(record.Address, out var bytes), Is.EqualTo(LogReadStatus.Found), $"{record}");
            Assert.That(TestRecords.Read(bytes), Is.EqualTo((record.Session, record.Number, true)));
        }
    }

    internal static void AssertIndex(IMessageLog log, IEnumerable<Appended> appended)
    {
        foreach (var session in appended.GroupBy(a => a.Session))
        {
            Assert.That(log.TryFind(Encoding.UTF8.GetBytes(session.Key), 0, out var address), Is.True);
            Assert.That(address, Is.EqualTo(session.Last().Address));
            Assert.That(log.TryFind(Encoding.UTF8.GetBytes(session.Key), 1, out _), Is.False);
        }
    }
}
