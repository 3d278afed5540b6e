using Wire.Diagnostics;
using static Wire.Storage.Tests.RetainedLog;

namespace Wire.Storage.Tests;

/// <summary>What retention does where something is damaged, or was not done to its end.</summary>
public sealed class RetentionFaultTests
{
    [Test]
    public async Task A_session_that_cannot_be_restored_stops_retention_and_is_reported()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = Options(folder);
        var captured = new CapturedLog();
        await using var engine = await StoredEngine.StartAsync(folder, options, time, logger: captured, loadedSessions: 2);
        await engine.PublishAsync("victim", 1, Text);
        var other = new ulong[1];
        while (folder.SegmentFiles.Length < 2 || engine.Log.Catalog.Segments.Length < 2)
            await PublishAsync(engine, other, rounds: 20, session: "o1");
        await engine.PublishAsync("victim", 2, "XXDAMAGEMEXX");
        await engine.PublishAsync("victim", 3, Text);
        await engine.EvictAsync(time);
        foreach (var path in folder.SegmentFiles)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            var at = bytes.AsSpan().IndexOf("XXDAMAGEMEXX"u8);
            if (at >= 0)
            {
                file.Position = at;
                file.WriteByte((byte)'Y');
            }
        }
        await PublishAsync(engine, other, rounds: 1500, session: "o1");
        await engine.UntilAsync(time, () => captured.Has(EventIds.RetentionStopped));
    }

    [Test]
    public async Task A_session_that_was_forgotten_and_began_again_is_the_new_one_after_a_crash()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = Options(folder);
        (options.RetainBytes, options.RetainAge, options.SegmentAge) = (null, TimeSpan.FromDays(31), TimeSpan.FromHours(1));
        var gate = new ManualResetEventSlim(true);
        StoredEngine? running = null;
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (call.Operation == FileOperation.Write && call.Path.EndsWith("commit.slots", StringComparison.Ordinal) && running?.Log.BeginAddress > 64)
                    gate.Wait();
            },
        };
        await using (var engine = await StoredEngine.StartAsync(folder, options, time, files))
        {
            running = engine;
            for (var i = 1UL; i <= 3; i++)
                await engine.PublishAsync("victim", i, Text);
            time.Advance(TimeSpan.FromHours(1));
            await engine.UntilAsync(time, () => folder.SegmentFiles.Length > 1);
            gate.Reset();
            time.Advance(TimeSpan.FromDays(32));
            await engine.UntilAsync(time, () => engine.Log.BeginAddress > 64 && engine.Log.IndexedSessions == 0);
            var result = await engine.PublishAsync("victim", 1, "new life");
            Assert.That(result.Sequence, Is.EqualTo(1));
            folder.Snapshot();
            gate.Set();
        }
        running = null;
        folder.RestoreSnapshot();
        options.RetainAge = TimeSpan.FromDays(1000); // stands for: somebody names the session before retention comes to it again
        await using var again = await StoredEngine.StartAsync(folder, options, time);
        var page = await again.FetchAsync("victim");
        var more = await again.PublishAsync("victim", 2, "second of the new life");
        Assert.That((page.FirstSequence, page.HeadSequence), Is.EqualTo((1ul, 1ul)));

        // Retention comes to the old life while the new one is in memory, and later to the new one: nothing is left of either.
        options.RetainAge = TimeSpan.FromDays(31);
        await again.UntilAsync(time, () => again.Log.BeginAddress > 64);
        Assert.That(again.Log.IndexedSessions, Is.EqualTo(1));
        await again.UntilAsync(time, () => again.Log.TryFind("victim"u8, 0, out var newest) && again.Log.Catalog.Segments[^1].StartAddress > newest, seconds: 60);
        time.Advance(TimeSpan.FromDays(32));
        await again.UntilAsync(time, () => again.Log.IndexedSessions == 0, seconds: 60);
        Assert.That((await again.PublishAsync("victim", 1, "third life")).Sequence, Is.EqualTo(1));
    }

    /// <summary>A file that was closed by its age is small, and would take all that a file may when it is kept for use.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public async Task A_small_file_is_kept_for_use_only_where_MinFreeBytes_stay_free(bool hasRoom)
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = Options(folder);
        (options.RetainBytes, options.RetainAge, options.SegmentAge, options.MinFreeBytes) = (null, TimeSpan.FromHours(3), TimeSpan.FromHours(1), 1_000_000);
        var (kept, deleted) = (0, 0);
        var files = new ObservedFiles { Free = long.MaxValue };
        files.Before = call =>
        {
            if (call.Operation == FileOperation.Zero)
                Interlocked.Increment(ref kept);
            if (call.Operation == FileOperation.Delete && call.Path.EndsWith(".seg", StringComparison.Ordinal))
                Interlocked.Increment(ref deleted);
        };
        await using var engine = await StoredEngine.StartAsync(folder, options, time, files);
        await engine.PublishAsync("s", 1);
        time.Advance(TimeSpan.FromHours(1));
        await engine.UntilAsync(time, () => engine.Log.Catalog.Segments.Length == 2);
        // One page of six is used, and five would be taken.
        files.Free = options.MinFreeBytes + 5 * options.PageBytes - (hasRoom ? 0 : 1);
        time.Advance(TimeSpan.FromHours(3));
        await engine.UntilAsync(time, () => Volatile.Read(ref kept) + Volatile.Read(ref deleted) > 0);
        Assert.That((kept, deleted), Is.EqualTo(hasRoom ? (1, 0) : (0, 1)));
    }

    [Test]
    public async Task A_page_of_zeros_in_a_file_that_is_to_go_stops_retention()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = Options(folder);
        var captured = new CapturedLog();
        await using var engine = await StoredEngine.StartAsync(folder, options, time, logger: captured, loadedSessions: 2);
        var other = new ulong[1];
        await PublishAsync(engine, other, rounds: 60, session: "o1");
        for (var i = 1UL; i <= 3; i++)
            await engine.PublishAsync("victim", i, "XXDAMAGEMEXX");
        while (engine.Log.Catalog.Segments.Length < 3)
            await PublishAsync(engine, other, rounds: 20, session: "o1");
        await engine.EvictAsync(time);
        Change(folder, "XXDAMAGEMEXX", (file, at) =>
        {
            file.Position = 4096 + ((at - 4096) & -8192);
            file.Write(new byte[8192]);
        });
        await PublishAsync(engine, other, rounds: 1500, session: "o1");
        await engine.UntilAsync(time, () => captured.Has(EventIds.RetentionStopped));
        Assert.That(engine.Log.BeginAddress, Is.EqualTo(64));
        // Nothing of the session is taken for new.
        Assert.That(async () => await engine.PublishAsync("victim", 3), Throws.InstanceOf<Client.WirePublishException>().With.Property("Code").EqualTo(Protocol.ErrorCode.DataLoss));
    }

    [Test]
    public async Task Damage_in_old_messages_does_not_keep_a_session_from_going_on([Values] bool retention)
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = Options(folder);
        options.RetainBytes = retention ? 8L * options.SegmentBytes : null;
        await using var engine = await StoredEngine.StartAsync(folder, options, time, loadedSessions: 2);
        var other = new ulong[1];
        while (engine.Log.Catalog.Segments.Length < 7)
            await PublishAsync(engine, other, rounds: 20, session: "o1");
        // Its whole history lies in files that stay, and all but its first message is behind a checkpoint.
        await engine.PublishAsync("victim", 1, "XXDAMAGEMEXX");
        for (var i = 2UL; i <= 300; i++)
            await engine.PublishAsync("victim", i, "hi");
        var end = engine.Log.Catalog.Segments[^1].StartAddress + (2L * options.SegmentBytes);
        while (engine.Log.DurableAddress < end)
            await PublishAsync(engine, other, rounds: 20, session: "o1");
        await engine.UntilAsync(time, () => !retention || engine.Log.BeginAddress > 64);
        await engine.EvictAsync(time);
        Change(folder, "XXDAMAGEMEXX", (file, at) => { file.Position = at; file.WriteByte(1); });
        var result = await engine.PublishAsync("victim", 301, "more");
        Assert.That(result.Sequence, Is.EqualTo(301));
    }

    static void Change(TestFolder folder, string marker, Action<FileStream, int> change)
    {
        foreach (var path in folder.SegmentFiles)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            var at = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(marker));
            if (at >= 0)
            {
                change(file, at);
                return;
            }
        }
        Assert.Fail("not found");
    }
}
