using Wire.Storage.Files;

namespace Wire.Storage.Tests;

/// <summary>What the log does when its disk fails, is full, or takes less than it is given.</summary>
public sealed class FailureTests
{
    [TestCase(FileOperation.Write)]
    [TestCase(FileOperation.Sync)]
    [TestCase(FileOperation.Rename)]
    [TestCase(FileOperation.SyncFolder)]
    public async Task An_error_of_the_device_is_final(object failing)
    {
        using var folder = new TestFolder();
        var armed = false;
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (armed && call.ByDevice && call.Operation == (FileOperation)failing)
                    throw new IOException("Input/output error (injected)");
            },
        };
        var captured = new CapturedLog();
        var appended = new List<(long Address, long End)>();
        await using (var open = await folder.OpenAsync(files: files, logger: captured))
        {
            for (var number = 1L; number <= 20; number++)
                await open.AppendAsync(TestRecords.Run("s", number), (a, e) => appended.Add((a, e)));
            await open.DurableAsync(appended[^1].End);
            var durable = open.Log.DurableAddress;

            armed = true;
            // Enough to need a new file, where the name is what fails.
            AppendStatus status;
            var number2 = 100L;
            do
            {
                status = await open.AppendAsync(TestRecords.Run("s", number2++, 2000));
                open.Log.Flush();
            }
            while (status == AppendStatus.Appended && number2 < 10_000);
            Assert.That(status, Is.EqualTo(AppendStatus.Unavailable));
            await open.HealthAsync(LogHealth.Failed);
            durable = open.Log.DurableAddress;

            // It stays so when the disk is well again.
            armed = false;
            for (var i = 0; i < 50; i++)
            {
                Assert.That(open.Log.Append(TestRecords.Run("s", 1), out _, out _), Is.EqualTo(AppendStatus.Unavailable));
                open.Log.Flush();
            }
            Assert.That(open.Log.DurableAddress, Is.EqualTo(durable));
            Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Failed));

            // Reads go on.
            using var reader = open.Log.OpenReader();
            Assert.That(reader.Read(appended[0].Address, out _), Is.EqualTo(LogReadStatus.Found));
        }

        Assert.That(captured.Events.Count(e => e.Id == EventIds.LogFailed), Is.EqualTo(1));

        // And what was durable is there after a restart.
        await using var again = await folder.OpenAsync();
        using var rereader = again.Log.OpenReader();
        foreach (var (address, _) in appended)
            Assert.That(rereader.Read(address, out _), Is.EqualTo(LogReadStatus.Found));
        Assert.That(await again.AppendAsync(TestRecords.Run("s", 21)), Is.EqualTo(AppendStatus.Appended));
    }

    [Test]
    public async Task A_failed_sync_is_never_tried_again()
    {
        using var folder = new TestFolder();
        var syncs = 0;
        var armed = false;
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (armed && call is { ByDevice: true, Operation: FileOperation.Sync })
                {
                    syncs++;
                    throw new IOException("Input/output error (injected)");
                }
            },
        };
        await using (var open = await folder.OpenAsync(files: files))
        {
            await open.AppendAsync(TestRecords.Run("s", 1));
            armed = true;
            var end = 0L;
            await open.AppendAsync(TestRecords.Run("s", 2), (_, e) => end = e);
            Assert.That(await open.TryDurableAsync(end), Is.False);
            for (var i = 0; i < 10; i++)
                open.Log.Flush();
        }
        Assert.That(syncs, Is.EqualTo(1));
    }

    [Test]
    public async Task Short_writes_are_continued()
    {
        using var folder = new TestFolder();
        var files = new ObservedFiles { MaxWrite = 333 };
        List<RecoveryTests.Appended> appended = [];
        await using (var open = await folder.OpenAsync(files: files))
        {
            for (var number = 1L; number <= 300; number++)
                await open.AppendAsync(TestRecords.Run("s", number, 500), (a, e) => appended.Add(new("s", number, a, e)));
            await open.DurableAsync(appended[^1].End);
        }
        await using var again = await folder.OpenAsync();
        RecoveryTests.AssertRecords(again.Log, appended);
    }

    [TestCase(FileOperation.Allocate)]
    [TestCase(FileOperation.Write)]
    [TestCase(FileOperation.Create)]
    public async Task A_full_disk_refuses_and_goes_on_when_there_is_room(object where)
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var full = false;
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (full && !call.ByDevice && call.Operation == (FileOperation)where && call.Path.Contains("spare"))
                    throw new DiskFullException("No space left on device (injected)");
            },
        };
        var captured = new CapturedLog();
        await using var open = await folder.OpenAsync(time: time, files: files, logger: captured);
        var appended = new List<RecoveryTests.Appended>();
        var number = 0L;

        for (var round = 0; round < 3; round++)
        {
            full = true;
            AppendStatus status;
            do
            {
                number++;
                status = await open.AppendAsync(TestRecords.Run("s", number, 1000), (a, e) => appended.Add(new("s", number, a, e)));
            }
            while (status == AppendStatus.Appended);
            Assert.That(status, Is.EqualTo(AppendStatus.Unavailable));
            Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Full));

            // What was taken becomes durable all the same, and reads go on.
            await open.DurableAsync(appended[^1].End);
            RecoveryTests.AssertRecords(open.Log, appended);

            // A second later there is still no room.
            time.Advance(TimeSpan.FromSeconds(3));
            Assert.That(open.Log.Append(TestRecords.Run("s", number, 1000), out _, out _), Is.Not.EqualTo(AppendStatus.Appended));

            full = false;
            time.Advance(TimeSpan.FromSeconds(1));
            await open.HealthAsync(LogHealth.Healthy);
            Assert.That(await open.AppendAsync(TestRecords.Run("s", number, 1000), (a, e) => appended.Add(new("s", number, a, e))),
                Is.EqualTo(AppendStatus.Appended));
        }
        Assert.That(captured.Events.Count(e => e.Id == EventIds.LogFull), Is.EqualTo(3), "once for each time, not once a second");
        await open.DurableAsync(appended[^1].End);
        RecoveryTests.AssertRecords(open.Log, appended);
    }

    /// <summary>A folder may have no room for one more name: what was appended waits in memory, and nothing more is taken.</summary>
    [Test]
    public async Task A_folder_that_is_full_refuses_and_goes_on_when_there_is_room()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var full = true;
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (Volatile.Read(ref full) && call is { ByDevice: true, Operation: FileOperation.Rename })
                    throw new DiskFullException("No space left on device (injected)");
            },
        };
        var captured = new CapturedLog();
        await using var open = await folder.OpenAsync(time: time, files: files, logger: captured);
        var appended = new List<RecoveryTests.Appended>();
        await open.AppendAsync(TestRecords.Run("s", 1), (a, e) => appended.Add(new("s", 1, a, e)));
        open.Log.Flush();
        await open.HealthAsync(LogHealth.Full);
        for (var second = 0; second < 20; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.That(open.Log.Append(TestRecords.Run("s", 2), out _, out _), Is.EqualTo(AppendStatus.Unavailable));
            Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Full));
        }
        Assert.That(open.Log.DurableAddress, Is.EqualTo(64));

        Volatile.Write(ref full, false);
        time.Advance(TimeSpan.FromSeconds(1));
        await open.DurableAsync(appended[^1].End);
        Assert.That(open.Log.Health, Is.Not.EqualTo(LogHealth.Full));
        Assert.That(await open.AppendAsync(TestRecords.Run("s", 2), (a, e) => appended.Add(new("s", 2, a, e))), Is.EqualTo(AppendStatus.Appended));
        await open.DurableAsync(appended[^1].End);
        RecoveryTests.AssertRecords(open.Log, appended);
        Assert.That(captured.Events.Count(e => e.Id == EventIds.LogFull), Is.EqualTo(1));
    }

    [Test]
    public async Task The_log_leaves_free_what_it_is_told_to()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var files = new ObservedFiles { Free = 10_000_000 };
        var options = folder.Options();
        options.MinFreeBytes = 9_000_000;
        await using var open = await folder.OpenAsync(options, time, files: files);
        Assert.That(await open.AppendAsync(TestRecords.Run("s", 1)), Is.EqualTo(AppendStatus.Appended));

        files.Free = 9_000_001;
        var number = 2L;
        while (await open.AppendAsync(TestRecords.Run("s", number++, 5000)) == AppendStatus.Appended)
            Assert.That(number, Is.LessThan(10_000));
        Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Full));

        files.Free = 10_000_000;
        time.Advance(TimeSpan.FromSeconds(1));
        await open.HealthAsync(LogHealth.Healthy);
        Assert.That(await open.AppendAsync(TestRecords.Run("s", number)), Is.EqualTo(AppendStatus.Appended));
    }

    [Test]
    public async Task A_log_opens_on_a_full_disk_and_reads()
    {
        using var folder = new TestFolder();
        var appended = await RecoveryTests.FillAsync(folder, 1, 500, orderly: false);
        foreach (var spare in Directory.GetFiles(folder.Segments, "spare-*"))
            File.Delete(spare);
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (call.Operation is FileOperation.Create or FileOperation.Allocate)
                    throw new DiskFullException("No space left on device (injected)");
            },
        };
        for (var boot = 0; boot < 3; boot++)
        {
            // Only the first start has what the one before it had prepared for its epoch.
            if (boot == 1)
                files.Before = call =>
                {
                    if ((call.Operation is FileOperation.Create && !call.Path.Contains("epoch")) || call.Operation is FileOperation.Allocate)
                        throw new DiskFullException("No space left on device (injected)");
                };
            await using var open = await folder.OpenAsync(files: files);
            RecoveryTests.AssertRecords(open.Log, appended);
        }
    }

    [Test]
    public async Task An_error_while_space_is_prepared_is_final()
    {
        using var folder = new TestFolder();
        var armed = false;
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (armed && !call.ByDevice && call.Operation == FileOperation.Sync && call.Path.Contains("spare"))
                    throw new IOException("Input/output error (injected)");
            },
        };
        await using var open = await folder.OpenAsync(files: files);
        armed = true;
        var number = 1L;
        while (await open.AppendAsync(TestRecords.Run("s", number++, 5000)) == AppendStatus.Appended)
            Assert.That(number, Is.LessThan(10_000));
        Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Failed));
    }

    [Test]
    public async Task A_device_that_stands_still_lets_memory_fill_and_no_further()
    {
        using var folder = new TestFolder();
        using var hold = new ManualResetEventSlim(true);
        var files = new ObservedFiles { Before = call => { if (call is { ByDevice: true, Operation: FileOperation.Sync }) hold.Wait(OpenLog.Hung); } };
        var options = folder.Options(pagesInFile: 64);
        options.ReserveBytes = 64 * options.PageBytes;
        await using var open = await folder.OpenAsync(options, files: files);
        await open.DurableAsync(64);
        hold.Reset();

        var taken = 0L;
        AppendStatus status;
        do
        {
            status = open.Log.Append(TestRecords.Run("s", 1, 1000), out _, out var end);
            if (status == AppendStatus.Appended)
                taken = end;
            open.Log.Flush();
            // Space on disk may be late, that is not what is shown here.
            if (status == AppendStatus.Busy && taken < options.MemoryBytes - options.PageBytes)
            {
                await open.NextProgressAsync();
                status = AppendStatus.Appended;
            }
        }
        while (status == AppendStatus.Appended);
        Assert.That(status, Is.EqualTo(AppendStatus.Busy));
        Assert.That(taken, Is.LessThanOrEqualTo(options.MemoryBytes));
        hold.Set();
        await open.DurableAsync(taken);
        Assert.That(await open.AppendAsync(TestRecords.Run("s", 2)), Is.EqualTo(AppendStatus.Appended));
    }
}
