using System.Globalization;
using Microsoft.Extensions.Logging;
using Wire.Diagnostics;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Inspection;
using static Wire.Storage.Tests.RetainedLog;

namespace Wire.Storage.Tests;

/// <summary>The room that files take and give back, on a full disk too.</summary>
public sealed class RetentionRoomTests
{
    [Test]
    public async Task Files_that_went_are_used_again()
    {
        using var folder = new TestFolder();
        var created = 0;
        var reused = 0;
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (call.Operation == FileOperation.Create && call.Path.Contains("spare", StringComparison.Ordinal))
                    Interlocked.Increment(ref created);
                if (call.Operation == FileOperation.Rename && call.Path.Contains("spare", StringComparison.Ordinal))
                    Interlocked.Increment(ref reused);
            },
        };
        var time = new ManualTime();
        var published = new ulong[SessionCount];
        await using var engine = await StoredEngine.StartAsync(folder, Options(folder), time, files);
        for (var i = 0; i < 12; i++)
        {
            var begin = engine.Log.BeginAddress;
            await PublishAsync(engine, published, rounds: 8);
            // A file that leaves the log is one to be used again once nobody holds it any more.
            await engine.UntilAsync(time, () => i < 4 || engine.Log.BeginAddress > begin && folder.SegmentFiles.Length == engine.Log.Catalog.Segments.Length);
        }
        await CheckAsync(engine, published);
        Assert.That(reused, Is.GreaterThan(5));
        Assert.That(created, Is.LessThan(20));
    }

    [TestCase(nameof(FileOperation.Rename))]
    [TestCase(nameof(FileOperation.SyncFolder))]
    [TestCase(nameof(FileOperation.Zero))]
    public async Task A_file_that_there_is_no_room_to_keep_is_deleted_and_the_log_goes_on(string name)
    {
        var operation = Enum.Parse<FileOperation>(name);
        using var folder = new TestFolder();
        var hits = 0;
        var isKept = false;
        var files = new ObservedFiles
        {
            Before = call =>
            {
                // The folder is synced for other reasons as well.
                if (call.Operation == FileOperation.Rename)
                    isKept = call.Path.Contains("spare", StringComparison.Ordinal);
                if (call.Operation == operation && isKept && Thread.CurrentThread.Name == "wire-log-keeper" && Interlocked.Increment(ref hits) <= 3)
                    throw new DiskFullException("There is no room (injected).");
            },
        };
        var time = new ManualTime();
        var published = new ulong[SessionCount];
        await using (var engine = await StoredEngine.StartAsync(folder, Options(folder), time, files))
        {
            for (var i = 0; i < 12; i++)
            {
                var begin = engine.Log.BeginAddress;
                await PublishAsync(engine, published, rounds: 8);
                await engine.UntilAsync(time, () => i < 4 || engine.Log.BeginAddress > begin);
            }
            await engine.UntilAsync(time, () => Volatile.Read(ref hits) > 3 && LogBytes(engine.Log) <= Options(folder).RetainBytes);
            Assert.That((engine.Fault, engine.Log.Health), Is.EqualTo(((Exception?)null, LogHealth.Healthy)));
            await CheckAsync(engine, published);
            // What went is gone: nothing but the log, a spare and a file to be used again.
            await engine.UntilAsync(time, () => Directory.GetFiles(folder.Segments).Length <= engine.Log.Catalog.Segments.Length + 2);
        }
        Assert.That(LogInspector.Verify(folder.Path).Faults, Is.Empty);
    }

    [Test]
    public async Task On_a_full_disk_the_oldest_file_makes_room()
    {
        using var folder = new TestFolder();
        var files = new ObservedFiles();
        var time = new ManualTime();
        var options = Options(folder);
        options.RetainBytes = 100L * options.SegmentBytes; // far from it
        options.MinFreeBytes = 1000;
        var published = new ulong[SessionCount];
        await using var engine = await StoredEngine.StartAsync(folder, options, time, files);
        await PublishAsync(engine, published, rounds: 12);
        Assert.That(engine.Log.BeginAddress, Is.EqualTo(64));

        files.Free = 500;
        // Each is stored, at once or when the oldest file has made room.
        for (var round = 0; round < 12; round++)
        {
            for (var s = 0; s < SessionCount; s++)
            {
                var stored = false;
                while (!stored)
                {
                    try
                    {
                        await engine.PublishAsync($"session-{s}", published[s] + 1, Text);
                        published[s]++;
                        stored = true;
                    }
                    catch (Client.WirePublishException e) when (e.Code == Protocol.ErrorCode.StorageUnavailable)
                    {
                        await engine.UntilAsync(time, () => engine.Log.Health == LogHealth.Healthy);
                    }
                }
            }
        }
        Assert.That(engine.Log.BeginAddress, Is.GreaterThan(64));
        await CheckAsync(engine, published);
    }

    /// <summary>Half a megabyte and what is allocated ahead in a day, on a disk that has room for so many of them, and what the settings make of it.</summary>
    [TestCase(3_000_000, null, null, LogLevel.Warning, 4, 5)]
    [TestCase(6_000_000, null, null, LogLevel.Information, 8, 11)]
    [TestCase(500_000, null, null, LogLevel.Warning, 0, 0)]
    [TestCase(3_000_000, 4, null, null, 0, 0)]
    [TestCase(3_000_000, 30, null, LogLevel.Warning, 4, 5)]
    [TestCase(3_000_000, null, 100, null, 0, 0)]
    public async Task A_start_says_how_long_the_disk_lasts(long free, int? retainDays, int? retainFiles, LogLevel? level, int least, int most)
    {
        using var folder = new TestFolder();
        var files = new ObservedFiles();
        var time = new ManualTime();
        var options = folder.Options(pageBytes: 8192, pagesInFile: 8);
        options.MinFreeBytes = 500_000;
        options.SegmentAge = TimeSpan.FromDays(100);
        var captured = new CapturedLog();
        await using (var open = await folder.OpenAsync(options, time, captured, files))
        {
            for (var i = 1; open.Log.DurableAddress < 500_000; i++)
            {
                await open.AppendAsync(TestRecords.Run("s", i, 1000));
                open.Log.Flush();
            }
        }
        Assert.That(captured.Has(EventIds.DiskLasts), Is.False, "nothing is known of a new log");

        time.Advance(TimeSpan.FromDays(1));
        files.Free = free;
        options.RetainAge = retainDays is { } days ? TimeSpan.FromDays(days) : null;
        options.RetainBytes = retainFiles * options.SegmentBytes;
        await using (await folder.OpenAsync(options, time, captured, files))
        {
        }
        Assert.That(captured.Has(EventIds.DiskLasts), Is.EqualTo(level is not null));
        if (level is null)
            return;
        var said = captured.Events.First(e => e.Id == EventIds.DiskLasts);
        Assert.That(said.Level, Is.EqualTo(level));
        Assert.That(int.Parse(said.Text.Split(' ')[^2], CultureInfo.InvariantCulture), Is.InRange(least, most), said.Text);
    }

    /// <summary>What a file holds are whole pages: half of them is held back, and not half of what SegmentBytes says.</summary>
    [Test]
    public async Task Files_of_any_size_have_room_beside_what_is_held_back([Values(4, 5, 6)] int pages, [Values(0, 1, 8191)] int more)
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = folder.Options(pageBytes: 8192, pagesInFile: pages);
        options.SegmentBytes += more;
        options.ReserveBytes = 4 * options.PageBytes;
        options.RetainBytes = 3 * options.SegmentBytes;
        await using var engine = await StoredEngine.StartAsync(folder, options, time);
        for (var id = 1UL; engine.Log.Catalog.Segments.Length < 3; id++)
            await engine.PublishAsync("session", id, Text);
        Assert.That(engine.Log.Health, Is.EqualTo(LogHealth.Healthy));
    }

    /// <summary>Two files of sixteen pages of which nine are held back, and what fits into the others, before and after a start.</summary>
    [Test]
    public async Task What_space_a_log_has_it_uses_to_its_end_on_a_full_disk([Values] bool isStartedAgain)
    {
        using var folder = new TestFolder();
        var files = new ObservedFiles();
        var options = folder.Options(pageBytes: 1 << 20, pagesInFile: 16);
        options.ReserveBytes = 4 << 20;
        options.RetainBytes = 3 * options.SegmentBytes;
        options.MinFreeBytes = 1000;
        var appended = 0;
        var open = await folder.OpenAsync(options, files: files);
        for (; appended < 10; appended++)
            await open.AppendAsync(TestRecords.Run("s", appended + 1, 100_000));
        Assert.That(() => Directory.GetFiles(folder.Segments), Has.Length.EqualTo(2).After(60_000, 1), "the next one is there");
        files.Free = 500;
        if (isStartedAgain)
        {
            await open.DisposeAsync();
            open = await folder.OpenAsync(options, files: files);
        }
        while (await open.AppendAsync(TestRecords.Run("s", appended + 1, 100_000)) == AppendStatus.Appended)
            appended++;
        Assert.That(appended, Is.InRange(225, 235));
        await open.DisposeAsync();
    }

    /// <summary>Its checkpoints need many pages: half of a file is held back for them.</summary>
    [Test]
    public async Task On_a_full_disk_a_file_of_many_sessions_makes_room()
    {
        using var folder = new TestFolder();
        var files = new ObservedFiles();
        var time = new ManualTime();
        var options = folder.Options(pageBytes: 8192, pagesInFile: 16);
        options.ReserveBytes = 4 * options.PageBytes;
        options.RetainBytes = 100L * options.SegmentBytes; // far from it
        options.MinFreeBytes = 1000;
        await using var engine = await StoredEngine.StartAsync(folder, options, time, files, loadedSessions: 100);
        // Long enough that half of a file takes its sessions' checkpoints.
        var text = new string('x', 600);
        var sessions = 0;
        while (engine.Log.Catalog.Segments.Length < 3)
            await engine.PublishAsync($"session-{++sessions}", 1, text);
        Assert.That(engine.Log.BeginAddress, Is.EqualTo(64));

        files.Free = 500;
        for (var i = 1; engine.Log.BeginAddress <= 64; i++)
        {
            try
            {
                await engine.PublishAsync($"later-{i}", 1, text);
            }
            catch (Client.WirePublishException e) when (e.Code == Protocol.ErrorCode.StorageUnavailable)
            {
                await engine.UntilAsync(time, () => engine.Log.Health == LogHealth.Healthy);
            }
        }
        // What was in the file is remembered.
        for (var session = 1; session <= sessions / 4; session++)
            Assert.That(await engine.PublishAsync($"session-{session}", 1, text), Has.Property("Duplicate").True);
    }
}
