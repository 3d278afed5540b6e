namespace Wire.Storage.Tests;

/// <summary>Nothing is said to be durable before it is.</summary>
public sealed class DurabilityTests
{
    [Test]
    public async Task The_durable_address_moves_only_after_the_sync_that_covers_it()
    {
        using var folder = new TestFolder();
        var tracker = new SyncTracker();
        var files = new ObservedFiles { After = tracker.After };
        var log = folder.Create(files: files);
        var open = await OpenLog.OpenAsync(log);
        await using (open)
        {
            var random = new Random(3);
            for (var number = 1L; number <= 2000; number++)
            {
                await open.AppendAsync(TestRecords.Run("s", number, random.Next(500)));
                if (random.Next(8) == 0)
                    log.Flush();
                // Whatever it is at this moment must have been covered before.
                tracker.AssertCovers(log.DurableAddress);
            }
            await open.DurableAsync(log.Faster.TailAddress);
            tracker.AssertCovers(log.DurableAddress);
            Assert.That(folder.SegmentFiles, Has.Length.GreaterThan(5), "files were to change on the way");
        }
    }

    [Test]
    public async Task Nothing_is_durable_while_the_sync_is_held()
    {
        using var folder = new TestFolder();
        using var hold = new ManualResetEventSlim(true);
        using var reached = new SemaphoreSlim(0);
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (call is not { Operation: FileOperation.Sync, ByDevice: true })
                    return;
                reached.Release();
                hold.Wait(OpenLog.Hung);
            },
        };
        await using var open = await folder.OpenAsync(files: files);
        var end = 0L;
        await open.AppendAsync(TestRecords.Run("s", 1), (_, e) => end = e);
        await open.DurableAsync(end);

        hold.Reset();
        while (reached.CurrentCount > 0)
            await reached.WaitAsync();
        await open.AppendAsync(TestRecords.Run("s", 2), (_, e) => end = e);
        var before = open.Log.DurableAddress;
        open.Log.Flush();
        Assert.That(await reached.WaitAsync(OpenLog.Hung), Is.True);
        Assert.That(open.Log.DurableAddress, Is.EqualTo(before).And.LessThan(end));
        hold.Set();
        await open.DurableAsync(end);
    }

    [Test]
    public async Task A_new_file_has_its_header_and_name_on_disk_before_anything_in_it_is_durable()
    {
        using var folder = new TestFolder();
        var calls = new List<FileCall>();
        var files = new ObservedFiles { After = call => { if (call.ByDevice) lock (calls) calls.Add(call); } };
        await using var open = await folder.OpenAsync(files: files);
        var end = 0L;
        await open.AppendAsync(TestRecords.Run("s", 1), (_, e) => end = e);
        await open.DurableAsync(end);

        lock (calls)
        {
            Assert.That(calls.Select(c => c.Operation), Is.EqualTo(new[]
            {
                FileOperation.Write, // the header
                FileOperation.Sync,
                FileOperation.Rename,
                FileOperation.SyncFolder,
                FileOperation.Write, // the page
                FileOperation.Sync,
            }));
        }
    }

    [Test]
    public async Task One_round_writes_all_that_waits_and_syncs_once()
    {
        using var folder = new TestFolder();
        using var hold = new ManualResetEventSlim(true);
        using var reached = new SemaphoreSlim(0);
        var syncs = 0;
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (call is not { Operation: FileOperation.Sync, ByDevice: true })
                    return;
                syncs++;
                reached.Release();
                hold.Wait(OpenLog.Hung);
            },
        };
        var options = folder.Options(pagesInFile: 64);
        await using var open = await folder.OpenAsync(options, files: files);
        var end = 0L;
        await open.AppendAsync(TestRecords.Run("s", 1), (_, e) => end = e);
        await open.DurableAsync(end);
        while (reached.CurrentCount > 0)
            await reached.WaitAsync();

        hold.Reset();
        await open.AppendAsync(TestRecords.Run("s", 2), (_, e) => end = e);
        open.Log.Flush();
        Assert.That(await reached.WaitAsync(OpenLog.Hung), Is.True);
        // Four pages become full while the device is busy; each is a write of its own.
        for (var number = 3L; number < 70; number++)
            Assert.That(open.Log.Append(TestRecords.Run("s", number, 1000), out _, out end), Is.EqualTo(AppendStatus.Appended));
        syncs = 0;
        var moves = 0;
        var durable = open.Log.DurableAddress;
        hold.Set();
        while (open.Log.DurableAddress < end)
        {
            open.Log.Flush();
            await open.NextProgressAsync();
            if (open.Log.DurableAddress != durable)
                moves++;
            durable = open.Log.DurableAddress;
        }
        Assert.That(syncs, Is.LessThanOrEqualTo(3));
        Assert.That(moves, Is.LessThanOrEqualTo(3));
    }

    /// <summary>Knows which part of each file was written by the device and then synced.</summary>
    sealed class SyncTracker
    {
        readonly Lock _lock = new();
        readonly Dictionary<string, (long Written, long Synced)> _ends = [];
        readonly Dictionary<string, long> _starts = [];
        string _lastCreated = "";

        public void After(FileCall call)
        {
            lock (_lock)
            {
                if (!call.ByDevice)
                    return;
                var ends = _ends.GetValueOrDefault(call.Path);
                switch (call.Operation)
                {
                    case FileOperation.Write:
                        _lastCreated = call.Path;
                        _ends[call.Path] = (Math.Max(ends.Written, call.Offset + call.Length), ends.Synced);
                        break;
                    case FileOperation.Sync:
                        _ends[call.Path] = (ends.Written, ends.Written);
                        break;
                    case FileOperation.Rename:
                        // The header was written to the spare, under its old name.
                        var name = Path.GetFileNameWithoutExtension(call.Path)["wire-".Length..];
                        _starts[_lastCreated] = Convert.ToInt64(name, 16);
                        break;
                }
            }
        }

        public void AssertCovers(long durable)
        {
            lock (_lock)
            {
                if (durable <= 64)
                    return;
                var files = _starts.OrderBy(s => s.Value).ToArray();
                for (var i = 0; i < files.Length && files[i].Value < durable; i++)
                {
                    var end = i + 1 < files.Length ? Math.Min(durable, files[i + 1].Value) : durable;
                    Assert.That(_ends[files[i].Key].Synced, Is.GreaterThanOrEqualTo(4096 + end - files[i].Value));
                }
                Assert.That(files, Is.Not.Empty);
            }
        }
    }
}
