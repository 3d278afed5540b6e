using Wire.Diagnostics;
using Wire.Storage.Indexing;
using static Wire.Storage.Tests.RecoveryTests;

namespace Wire.Storage.Tests;

/// <summary>With a snapshot of the index a start reads only what came after it; without one, with all the same result.</summary>
public sealed class SnapshotTests
{
    [Test]
    public async Task A_start_reads_only_what_came_after_the_snapshot([Values] bool orderly)
    {
        using var folder = new TestFolder();
        var appended = await FillAsync(folder, 1, 3000, orderly, options: Options(folder));
        // Damage below the snapshot is met by the read that comes to it, and not by the start.
        FlipByte(folder.SegmentFiles[0], 4096 + appended[20].Address + 120);

        var captured = new CapturedLog();
        await using var log = await folder.OpenAsync(Options(folder), logger: captured);
        Assert.That(captured.Has(EventIds.SnapshotRejected), Is.False);
        Assert.That(log.Log.DurableAddress, Is.EqualTo(appended[^1].End));
        Assert.That(log.Log.LastMessageId, Is.EqualTo(3000));
        AssertIndex(log.Log, appended);
        using var reader = log.Log.OpenReader();
        Assert.That(reader.Read(appended[20].Address, out _), Is.EqualTo(LogReadStatus.Damaged));
        AssertRecords(log.Log, appended.Where(a => a != appended[20]));
    }

    [Test]
    public async Task The_log_goes_on_over_many_starts_from_snapshots([Values] bool orderly)
    {
        using var folder = new TestFolder();
        var appended = new List<Appended>();
        for (var boot = 0; boot < 12; boot++)
            appended.AddRange(await FillAsync(folder, 1 + boot * 170, 170, orderly, appended, Options(folder)));
        // A process may be killed before it has deleted the one before.
        Assert.That(Snapshots(folder), Has.Length.InRange(1, orderly ? 1 : 2));

        await using (var log = await folder.OpenAsync(Options(folder)))
        {
            AssertRecords(log.Log, appended);
            AssertIndex(log.Log, appended);
        }
        Directory.Delete(Path.Combine(folder.Path, SnapshotFile.FolderName), recursive: true);
        await using var without = await folder.OpenAsync(Options(folder));
        AssertIndex(without.Log, appended);
    }

    [Test]
    public async Task A_snapshot_that_is_damaged_anywhere_costs_nothing_but_time()
    {
        using var folder = new TestFolder();
        var appended = await FillAsync(folder, 1, 400, orderly: true, options: Options(folder));
        var whole = await File.ReadAllBytesAsync(Snapshots(folder).Single());
        // All of the header's fields, all of the body, and a beginning of the file of any length.
        var places = Enumerable.Range(0, 470).Concat(Enumerable.Range(4096, whole.Length - 4096)).ToArray();
        foreach (var place in places.Where((_, i) => i % 7 == 0))
        {
            var damaged = (byte[])whole.Clone();
            damaged[place] ^= 0x10;
            await ReplaceAsync(damaged, $"byte {place}");
        }
        foreach (var length in new[] { 0, 100, 4096, 4100, whole.Length - 10 })
            await ReplaceAsync(whole[..length], $"length {length}");

        async Task ReplaceAsync(byte[] content, string what)
        {
            foreach (var path in Snapshots(folder))
                File.Delete(path);
            await File.WriteAllBytesAsync(Path.Combine(folder.Path, SnapshotFile.FolderName, "tails-00000000000fffff.snap"), content);
            var captured = new CapturedLog();
            await using var log = await folder.OpenAsync(Options(folder), logger: captured);
            Assert.That(captured.Has(EventIds.SnapshotRejected), Is.True, what);
            AssertIndex(log.Log, appended);
            Assert.That(log.Log.LastMessageId, Is.EqualTo(400), what);
        }
    }

    [Test]
    public async Task A_snapshot_that_is_behind_ahead_or_of_another_folder_costs_nothing_but_time()
    {
        using var folder = new TestFolder();
        using var other = new TestFolder();
        var appended = await FillAsync(folder, 1, 300, orderly: true, options: Options(folder));
        var old = await File.ReadAllBytesAsync(Snapshots(folder).Single());
        folder.Snapshot();
        appended.AddRange(await FillAsyncKeeping(300));

        // Behind: used, and the rest is read.
        var newest = Snapshots(folder).Single();
        File.Delete(newest);
        await File.WriteAllBytesAsync(Path.Combine(folder.Path, SnapshotFile.FolderName, "tails-0000000000000100.snap"), old);
        await using (var log = await folder.OpenAsync(Options(folder)))
            AssertIndex(log.Log, appended);

        // Ahead: of a log that was restored from a copy.
        var ahead = await File.ReadAllBytesAsync(Snapshots(folder).Single());
        folder.RestoreSnapshot();
        foreach (var path in Snapshots(folder))
            File.Delete(path);
        await File.WriteAllBytesAsync(Path.Combine(folder.Path, SnapshotFile.FolderName, "tails-00000000000fffff.snap"), ahead);
        var captured = new CapturedLog();
        await using (var log = await folder.OpenAsync(Options(folder), logger: captured))
            AssertIndex(log.Log, appended.Take(300));
        Assert.That(captured.Has(EventIds.SnapshotRejected), Is.True);

        // Another folder's.
        var others = await FillAsync(other, 1, 300, orderly: true, options: Options(other));
        foreach (var path in Snapshots(other))
            File.Delete(path);
        await File.WriteAllBytesAsync(Path.Combine(other.Path, SnapshotFile.FolderName, "tails-00000000000fffff.snap"), old);
        captured = new CapturedLog();
        await using (var log = await other.OpenAsync(Options(other), logger: captured))
            AssertIndex(log.Log, others);
        Assert.That(captured.Has(EventIds.SnapshotRejected), Is.True);

        async Task<List<Appended>> FillAsyncKeeping(int count)
        {
            var more = new List<Appended>();
            await using var open = await folder.OpenAsync(Options(folder));
            for (var number = 301L; number <= 300 + count; number++)
            {
                var session = $"session-{number % 10}";
                var previous = more.Concat(appended).Where(a => a.Session == session).Max(a => a.Address);
                await open.AppendAsync(TestRecords.Run(session, number, 100, previous), (a, e) => more.Add(new(session, number, a, e)));
            }
            await open.DurableAsync(more[^1].End);
            return more;
        }
    }

    [Test]
    public async Task What_a_handler_left_unanswered_is_in_the_snapshot_and_another_handler_reads_the_log()
    {
        using var folder = new TestFolder();
        var options = Options(folder);
        options.HandlerClientId = "$handler";
        long asked = 0, end = 0;
        await using (var log = await folder.OpenAsync(options))
            await log.AppendAsync(AsVisitor(TestRecords.Run("s", 1)), (a, e) => (asked, end) = (a, e));
        Assert.That(Snapshots(folder), Has.Length.EqualTo(1));

        foreach (var handler in new[] { "$handler", "$other", null, "$handler" })
        {
            options.HandlerClientId = handler;
            await using var log = await folder.OpenAsync(options);
            Assert.That(log.Log.TakeUnanswered(), handler is null ? Is.Empty : Is.EqualTo(new[] { asked }), handler);
            await log.AppendAsync(TestRecords.Run("t", 1), (_, e) => end = e);
        }
    }

    [Test]
    public async Task A_snapshot_that_cannot_be_written_harms_nothing([Values] bool isDenied)
    {
        using var folder = new TestFolder();
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (isDenied && call.Operation == FileOperation.Create && call.Path.Contains("tails", StringComparison.Ordinal))
                    throw new UnauthorizedAccessException($"Access to the path '{call.Path}' is denied.");
                if (call.Operation is FileOperation.Write or FileOperation.Sync or FileOperation.Rename && call.Path.Contains("tails", StringComparison.Ordinal))
                    throw new IOException("Input/output error");
            },
        };
        var captured = new CapturedLog();
        var appended = new List<Appended>();
        await using (var open = await folder.OpenAsync(Options(folder), files: files, logger: captured))
        {
            for (var number = 1L; number <= 500; number++)
                await open.AppendAsync(TestRecords.Run("session", number, 100, appended.LastOrDefault().Address), (a, e) => appended.Add(new("session", number, a, e)));
            await open.DurableAsync(appended[^1].End);
            await open.IndexedAsync(appended[^1].End);
            Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Healthy));
        }
        Assert.That(captured.Has(EventIds.SnapshotFailed), Is.True);
        Assert.That(captured.Has(EventIds.LogClosed), Is.True);
        await using var again = await folder.OpenAsync(Options(folder));
        AssertIndex(again.Log, appended);
    }

    [Test]
    public async Task A_snapshot_that_may_not_be_read_costs_nothing_but_time()
    {
        using var folder = new TestFolder();
        var appended = await FillAsync(folder, 1, 300, orderly: true, options: Options(folder));
        var isDenied = true;
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (isDenied && call.Operation == FileOperation.Open && call.Path.EndsWith(SnapshotFile.Suffix, StringComparison.Ordinal))
                    throw new UnauthorizedAccessException($"Access to the path '{call.Path}' is denied.");
            },
        };
        foreach (var rejected in (bool[])[true, false])
        {
            isDenied = rejected;
            var captured = new CapturedLog();
            await using var log = await folder.OpenAsync(Options(folder), files: files, logger: captured);
            Assert.That(captured.Has(EventIds.SnapshotRejected), Is.EqualTo(rejected));
            AssertIndex(log.Log, appended);
        }
    }

    static StorageOptions Options(TestFolder folder)
    {
        var options = folder.Options();
        options.SnapshotLogBytes = 1;
        return options;
    }

    static string[] Snapshots(TestFolder folder) => Directory.GetFiles(Path.Combine(folder.Path, SnapshotFile.FolderName));

    static byte[] AsVisitor(byte[] record)
    {
        record[7] = (byte)Protocol.Role.Visitor;
        return record;
    }

    static void FlipByte(string path, long offset)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 1));
    }
}
