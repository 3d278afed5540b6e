using Wire.Diagnostics;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Inspection;
using static Wire.Storage.Tests.RetainedLog;

namespace Wire.Storage.Tests;

/// <summary>The oldest files leave the log, and what must be remembered of what they held is.</summary>
public sealed class RetentionTests
{
    [Test]
    public async Task By_size_the_oldest_files_go_and_heads_and_duplicates_stay([Values] bool orderly, [Values] bool encrypted)
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = Options(folder, encrypted);
        var published = new ulong[SessionCount];
        await using (var engine = await StoredEngine.StartAsync(folder, options, time))
        {
            await PublishAsync(engine, published, rounds: 60);
            await engine.UntilAsync(time, () => LogBytes(engine.Log) <= options.RetainBytes && engine.Log.BeginAddress > 64);
            Assert.That(engine.Fault, Is.Null);
            await CheckAsync(engine, published);
            var looked = LogInspector.Verify(folder.Path, options.KeyFile);
            Assert.That(looked.Faults, Is.Empty);
            Assert.That(looked.BeginAddress, Is.GreaterThan(64));
            if (!orderly)
                folder.Snapshot();
        }
        if (!orderly)
            folder.RestoreSnapshot();

        await using var again = await StoredEngine.StartAsync(folder, options, time);
        Assert.That(again.Log.BeginAddress, Is.GreaterThan(64));
        await CheckAsync(again, published);
        await PublishAsync(again, published, rounds: 60);
        await CheckAsync(again, published);
    }

    [Test]
    public async Task Compacted_files_go_as_others_do_and_none_is_left_behind([Values] bool encrypted)
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = Options(folder, encrypted);
        options.CompactAfter = TimeSpan.Zero;
        options.RetainBytes = 3L * options.SegmentBytes;
        var published = new ulong[SessionCount];
        await using (var engine = await StoredEngine.StartAsync(folder, options, time))
        {
            for (var i = 0; i < 8; i++)
            {
                await PublishAsync(engine, published, rounds: 25);
                // Both at work at once, and at what the other one is at.
                time.Advance(TimeSpan.FromSeconds(1));
            }
            await engine.UntilAsync(time, () => LogBytes(engine.Log) <= options.RetainBytes && engine.Log.BeginAddress > 64
                && engine.Log.Catalog.Segments[0].IsCold && ColdFiles(folder) + folder.SegmentFiles.Length == engine.Log.Catalog.Segments.Length);
            Assert.That((engine.Fault, engine.Log.Health), Is.EqualTo(((Exception?)null, LogHealth.Healthy)));
            await CheckAsync(engine, published);
        }
        await using var again = await StoredEngine.StartAsync(folder, options, time);
        await CheckAsync(again, published);
    }

    [Test]
    public async Task A_compacted_file_that_is_damaged_stops_retention_and_not_the_log()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = Options(folder);
        options.CompactAfter = TimeSpan.Zero;
        options.RetainBytes = null;
        // So that the start reads nothing of it.
        options.SnapshotLogBytes = 1;
        var published = new ulong[SessionCount];
        await using (var engine = await StoredEngine.StartAsync(folder, options, time))
        {
            await PublishAsync(engine, published, rounds: 60);
            await engine.UntilAsync(time, () => folder.SegmentFiles.Length == 1);
        }
        var oldest = Directory.GetFiles(folder.Segments, "*.cold").Order(StringComparer.Ordinal).First();
        var bytes = File.ReadAllBytes(oldest);
        bytes[4096 + 100] ^= 1;
        File.WriteAllBytes(oldest, bytes);
        options.RetainAge = TimeSpan.FromHours(24);
        time.Advance(TimeSpan.FromHours(25));
        var captured = new CapturedLog();
        await using var again = await StoredEngine.StartAsync(folder, options, time, logger: captured);
        await again.UntilAsync(time, () => captured.Events.Any(e => e.Id == EventIds.RetentionStopped));
        Assert.That((again.Fault, again.Log.Health, again.Log.BeginAddress), Is.EqualTo(((Exception?)null, LogHealth.Healthy, 64L)));
        Assert.That((await again.PublishAsync("another", 1)).Sequence, Is.EqualTo(1));
    }

    [Test]
    public async Task Sessions_that_said_nothing_for_long_are_remembered_while_their_messages_go()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = Options(folder);
        var published = new ulong[SessionCount];
        var busy = new ulong[1];
        await using var engine = await StoredEngine.StartAsync(folder, options, time);
        await PublishAsync(engine, published, rounds: 2);
        // The whole log goes by more than once: their checkpoints are carried along.
        for (var i = 0; i < 3; i++)
        {
            var end = engine.Log.DurableAddress;
            while (engine.Log.BeginAddress < end)
            {
                await PublishAsync(engine, busy, rounds: 100, session: "busy");
                time.Advance(TimeSpan.FromSeconds(1));
            }
        }
        for (var s = 0; s < SessionCount; s++)
        {
            var page = await engine.FetchAsync($"session-{s}");
            Assert.That((page.FirstSequence, page.HeadSequence, page.Sequences.Count), Is.EqualTo((3ul, 2ul, 0)));
            Assert.That(await engine.PublishAsync($"session-{s}", 2), Has.Property("Duplicate").True.And.Property("Sequence").EqualTo(2));
        }
        Assert.That((await engine.PublishAsync("session-0", 3)).Sequence, Is.EqualTo(3));
    }

    [Test]
    public async Task By_age_a_file_goes_when_all_of_it_is_old_enough_and_a_silent_session_is_forgotten_after_its_time()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = Options(folder);
        (options.RetainBytes, options.RetainAge, options.SegmentAge) = (null, TimeSpan.FromHours(24), TimeSpan.FromHours(1));
        var published = new ulong[SessionCount];
        await using var engine = await StoredEngine.StartAsync(folder, options, time);
        await PublishAsync(engine, published, rounds: 3);
        time.Advance(TimeSpan.FromHours(1));
        await engine.UntilAsync(time, () => folder.SegmentFiles.Length > 1);
        time.Advance(TimeSpan.FromHours(22));
        Assert.That(engine.Log.BeginAddress, Is.EqualTo(64), "it is not old enough");
        await CheckAsync(engine, published);

        time.Advance(TimeSpan.FromHours(2));
        await engine.UntilAsync(time, () => engine.Log.BeginAddress > 64);
        await CheckAsync(engine, published, allGone: true);

        // For 28 days their checkpoints go from file to file; then they are forgotten.
        var until = time.GetUtcNow() + TimeSpan.FromDays(27);
        var carried = 0;
        for (var begin = engine.Log.BeginAddress; time.GetUtcNow() < until; begin = engine.Log.BeginAddress)
        {
            await engine.UntilAsync(time, () => engine.Log.BeginAddress > begin || time.GetUtcNow() >= until, seconds: 3600);
            carried += engine.Log.BeginAddress > begin ? 1 : 0;
        }
        Assert.That(carried, Is.GreaterThan(1));
        Assert.That(await engine.PublishAsync("session-1", published[1]), Has.Property("Duplicate").True);
        await engine.UntilAsync(time, () => engine.Log.IndexedSessions == 0, seconds: 3600);
        var page = await engine.FetchAsync("session-2");
        Assert.That((page.FirstSequence, page.HeadSequence), Is.EqualTo((0ul, 0ul)));
        Assert.That(await engine.PublishAsync("session-2", 1), Has.Property("Duplicate").False.And.Property("Sequence").EqualTo(1));
    }

    [Test]
    public async Task A_file_that_is_being_read_goes_when_the_reader_does()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = Options(folder);
        var published = new ulong[1];
        await using var engine = await StoredEngine.StartAsync(folder, options, time);
        await PublishAsync(engine, published, rounds: 1, session: "s");
        await engine.UntilAsync(time, () => engine.Log.IndexedAddress > 64);
        Assert.That(engine.Log.TryFind("s"u8, 0, out var address), Is.True);
        var oldest = folder.SegmentFiles[0];
        var reader = engine.Log.OpenReader();
        Assert.That(reader.Read(address, out var record), Is.EqualTo(LogReadStatus.Found));
        var kept = record.ToArray();

        var other = new ulong[1];
        await PublishAsync(engine, other, rounds: 1600, session: "other");
        await engine.UntilAsync(time, () => engine.Log.BeginAddress > address && folder.SegmentFiles.Length < 7);
        Assert.That(File.Exists(oldest), Is.True);
        // What was read is still there, in place, and may be read again; who comes later finds that it is gone.
        Assert.That(reader.Read(address, out record), Is.EqualTo(LogReadStatus.Found));
        Assert.That(record.ToArray(), Is.EqualTo(kept));
        using (var later = engine.Log.OpenReader())
            Assert.That(later.Read(address, out _), Is.EqualTo(LogReadStatus.Retired));
        reader.Dispose();
        await engine.UntilAsync(time, () => !File.Exists(oldest));
    }

    /// <summary>Else a crash at that moment leaves a log whose first file is missing.</summary>
    [Test]
    public async Task A_file_goes_only_when_the_slots_say_that_the_log_begins_behind_it()
    {
        using var folder = new TestFolder();
        StoredEngine? engine = null;
        var wrong = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var went = 0;
        var files = new ObservedFiles
        {
            // While the slots are written the next file leaves the log, where there is one.
            Before = call =>
            {
                if (call.Operation != FileOperation.Write || !call.Path.EndsWith(CommitSlots.FileName, StringComparison.Ordinal) || engine is null)
                    return;
                var begin = engine.Log.BeginAddress;
                SpinWait.SpinUntil(() => engine.Log.BeginAddress > begin, TimeSpan.FromMilliseconds(50));
            },
            After = call =>
            {
                if (engine is null || call.Operation is not (FileOperation.Rename or FileOperation.Delete))
                    return;
                var slot = CommitSlots.Read(SystemFileLayer.Instance, folder.Path, FolderIdentity.Read(SystemFileLayer.Instance, folder.Path)!.Id)!.Value;
                var first = Convert.ToInt64(Path.GetFileNameWithoutExtension(folder.SegmentFiles[0])["wire-".Length..], 16);
                if (first > 0)
                    Interlocked.Increment(ref went);
                if (first > slot.BeginAddress)
                    wrong.Enqueue($"the first file begins at {first:x}, the slots say {slot.BeginAddress:x}");
            },
        };
        var time = new ManualTime();
        var published = new ulong[SessionCount];
        engine = await StoredEngine.StartAsync(folder, Options(folder), time, files);
        await using (engine)
        {
            await PublishAsync(engine, published, rounds: 60);
            await engine.UntilAsync(time, () => LogBytes(engine.Log) <= Options(folder).RetainBytes && engine.Log.BeginAddress > 64);
            await engine.UntilAsync(time, () => Volatile.Read(ref went) > 2);
        }
        Assert.That(wrong, Is.Empty);
        Assert.That(LogInspector.Verify(folder.Path).Faults, Is.Empty);
    }

    [Test]
    public async Task A_file_that_is_damaged_stays_and_is_reported()
    {
        using var folder = new TestFolder();
        var captured = new CapturedLog();
        var time = new ManualTime();
        var published = new ulong[SessionCount];
        await using var engine = await StoredEngine.StartAsync(folder, Options(folder), time, logger: captured);
        await PublishAsync(engine, published, rounds: 4);
        using (var file = new FileStream(folder.SegmentFiles[0], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = 4096 + 300;
            file.WriteByte(0x55);
        }
        await PublishAsync(engine, new ulong[1], rounds: 1000, session: "other");
        await engine.UntilAsync(time, () => captured.Has(EventIds.RetentionStopped));
        Assert.That(engine.Log.BeginAddress, Is.EqualTo(64));
        Assert.That(captured.Events.First(e => e.Id == EventIds.RetentionStopped).Text, Does.Contain(folder.SegmentFiles[0]).And.Contain("offset"));
        Assert.That(engine.Fault, Is.Null);
        Assert.That(engine.Log.Health, Is.EqualTo(LogHealth.Healthy));
    }

    [Test]
    public async Task Nothing_that_was_stored_is_lost_or_stored_twice_through_power_cuts_while_files_go([Range(0, 19)] int seed)
    {
        using var folder = new TestFolder();
        var disk = new VolatileDisk();
        var random = new Random(seed);
        var options = Options(folder);
        options.SnapshotLogBytes = random.Next(2) == 0 ? 1 : 1 << 16;
        options.CompactAfter = random.Next(2) == 0 ? TimeSpan.Zero : null;
        var time = new ManualTime();
        // Of each session what was acknowledged, and what may be there besides.
        var stored = new ulong[8];
        var sent = new ulong[8];
        for (var generation = 0; generation < 6; generation++)
        {
            var operation = 0;
            var crashAt = random.Next(50, 2500);
            VolatileDisk? image = null;
            var dice = new Random(random.Next());
            var powerIsCut = random.Next(3) > 0;
            var atCrash = (ulong[])stored.Clone();
            var cut = disk;
            disk.BeforeOperation = () =>
            {
                if (Interlocked.Increment(ref operation) != crashAt)
                    return;
                atCrash = (ulong[])stored.Clone();
                Volatile.Write(ref image, powerIsCut ? cut.Crash(dice) : cut.Kill());
            };
            await using (var engine = await StoredEngine.StartAsync(folder, options, time, disk, loadedSessions: 3))
            {
                for (var s = 0; s < stored.Length && Volatile.Read(ref image) is null; s++)
                {
                    var page = await engine.FetchAsync($"session-{s}");
                    Assert.That(page.HeadSequence, Is.InRange(stored[s], sent[s]), $"seed {seed}, generation {generation}, session {s}");
                    Assert.That(page.Sequences, Is.EqualTo(Sequences(page.FirstSequence, page.HeadSequence)));
                    // What was sent and not acknowledged is sent again, as a client does.
                    for (var id = page.HeadSequence; id <= sent[s] && id > 0; id++)
                    {
                        var result = await engine.PublishAsync($"session-{s}", id, Text);
                        Assert.That(result.Duplicate, Is.EqualTo(id <= page.HeadSequence), $"seed {seed}, generation {generation}, session {s}, {id} of {page.HeadSequence}");
                        if (Volatile.Read(ref image) is null)
                            stored[s] = id;
                    }
                }
                for (var i = 0; i < 4000 && Volatile.Read(ref image) is null; i++)
                {
                    var s = random.Next(stored.Length);
                    sent[s] = stored[s] + 1;
                    await engine.PublishAsync($"session-{s}", sent[s], Text);
                    if (Volatile.Read(ref image) is null)
                        stored[s] = sent[s];
                    if (i % 16 == 0)
                        time.Advance(TimeSpan.FromSeconds(1));
                }
                Assert.That(engine.Fault, Is.Null);
            }
            disk.BeforeOperation = null;
            if (image is null)
            {
                disk = disk.Crash(dice);
                continue;
            }
            disk = image;
            stored = atCrash;
        }
    }
}
