using Wire.Storage.Files;
using Wire.Storage.Folder;

namespace Wire.Storage.Tests;

public sealed class FolderTests
{
    [Test]
    public async Task A_second_log_on_the_same_folder_is_told_who_holds_it()
    {
        using var folder = new TestFolder();
        await using (var first = await folder.OpenAsync())
        {
            var error = await Assert.CatchAsync<LogException>(() => folder.OpenAsync());
            Assert.That(error!.Message, Does.Contain(folder.Path)
                .And.Contain($"process {Environment.ProcessId} on {Environment.MachineName}"));
            Assert.That(await first.AppendAsync(TestRecords.Run("s", 1)), Is.EqualTo(AppendStatus.Appended));
        }
        await using var second = await folder.OpenAsync();
    }

    [Test]
    public async Task Each_start_has_a_higher_epoch_even_when_the_file_is_lost([Values("kept", "deleted", "damaged")] string fate)
    {
        using var folder = new TestFolder();
        var path = Path.Combine(folder.Path, "epoch");
        var epochs = new List<uint>();
        for (var boot = 0; boot < 5; boot++)
        {
            if (boot > 0 && fate == "deleted")
                File.Delete(path);
            if (boot > 0 && fate == "damaged")
                File.WriteAllBytes(path, [1, 2, 3, 4, 5, 6, 7, 8]);
            var captured = new CapturedLog();
            await using var open = await folder.OpenAsync(logger: captured);
            var address = 0L;
            await open.AppendAsync(TestRecords.Run("s", boot + 1), (a, _) => address = a);
            await open.DurableAsync(address + 1);
            using var reader = open.Log.OpenReader();
            reader.Read(address, out var record);
            epochs.Add(new RecordHeader(record).Epoch);
            Assert.That(captured.Has(EventIds.BootEpochRestored), Is.EqualTo(boot > 0 && fate != "kept"));
        }
        Assert.That(epochs, Is.Ordered.Ascending.And.Unique);
    }

    [Test]
    public async Task The_pages_of_a_folder_stay_as_it_was_created()
    {
        using var folder = new TestFolder();
        var appended = await RecoveryTests.FillAsync(folder, 1, 200, orderly: true);
        var captured = new CapturedLog();
        var options = folder.Options(pageBytes: 64 << 10);
        options.MaxFrameBytes = 8192;
        await using var open = await folder.OpenAsync(options, logger: captured);
        RecoveryTests.AssertRecords(open.Log, appended);
        Assert.That(open.Log.MaxRecordBytes, Is.LessThan(16 << 10));
        Assert.That(captured.Has(EventIds.PageSizeKept), Is.True);
    }

    [Test]
    public async Task A_frame_that_would_not_fit_the_folders_pages_is_refused_at_the_start()
    {
        using var folder = new TestFolder();
        await RecoveryTests.FillAsync(folder, 1, 10, orderly: true);
        var options = folder.Options(pageBytes: 64 << 10);
        options.MaxFrameBytes = 32 << 10;
        options.ReserveBytes = options.MemoryBytes = 1 << 20;
        options.SegmentBytes = 10 << 20;
        options.MaxFrameBytes = 20 << 10;
        var error = await Assert.CatchAsync<LogException>(() => folder.OpenAsync(options));
        Assert.That(error!.Message, Does.Contain("16384").And.Contain("MaxFrameBytes"));
    }

    [TestCase(true, false)]
    [TestCase(false, true)]
    public async Task Pages_of_the_folder_that_are_too_large_for_retention_are_refused_at_the_start(bool fillsReserve, bool fillsFile)
    {
        using var folder = new TestFolder();
        var created = folder.Options(pageBytes: 64 << 10);
        var appended = await RecoveryTests.FillAsync(folder, 1, 10, orderly: true, options: created);
        // Enough for retention with the pages that are set, and not with those that there are.
        var options = folder.Options(pageBytes: 16 << 10);
        options.MemoryBytes = created.MemoryBytes;
        options.ReserveBytes = (fillsReserve ? 3L : 4L) * (64 << 10);
        options.SegmentBytes = 4096 + (fillsFile ? 3L : 4L) * (64 << 10);
        await using (var open = await folder.OpenAsync(options))
            RecoveryTests.AssertRecords(open.Log, appended);
        options.RetainAge = TimeSpan.FromDays(1);
        Assert.That(options.Validate(), Is.Empty);
        var error = await Assert.CatchAsync<LogException>(() => folder.OpenAsync(options));
        Assert.That(error!.Message, Does.Contain("65536").And.Contain("with retention ReserveBytes must hold 4 (262144)").And.Contain("SegmentBytes so many and 4096 (266240)"));
        (options.ReserveBytes, options.SegmentBytes) = (4L * (64 << 10), 4096 + 4L * (64 << 10));
        await using var again = await folder.OpenAsync(options);
    }

    [Test]
    public async Task All_faults_of_the_settings_are_named_at_once()
    {
        var options = new StorageOptions
        {
            Path = " ",
            PageBytes = 5000,
            SegmentAge = TimeSpan.Zero,
            MinFreeBytes = -1,
            NodeId = 1024,
        };
        Assert.That(options.Validate(), Has.Count.EqualTo(5));
        var sizes = new StorageOptions { SegmentBytes = 1, MemoryBytes = 100, ReserveBytes = 1, MaxFrameBytes = 4 << 20 };
        Assert.That(sizes.Validate(), Has.Count.EqualTo(4));
        Assert.That(new StorageOptions().Validate(), Is.Empty);

        using var folder = new TestFolder();
        options.Path = folder.Path;
        var error = await Assert.CatchAsync<LogException>(() => folder.OpenAsync(options));
        Assert.That(error!.Message, Does.Contain("PageBytes").And.Contain("SegmentAge").And.Contain("MinFreeBytes").And.Contain("NodeId"));
    }

    [Test]
    public async Task New_files_have_the_number_of_the_node_that_writes_them()
    {
        using var folder = new TestFolder();
        var options = folder.Options(pagesInFile: 1);
        foreach (var node in (int[])[3, 7])
        {
            options.NodeId = node;
            await using var open = await folder.OpenAsync(options);
            var end = 0L;
            for (var number = 1L; number <= 60; number++)
                await open.AppendAsync(TestRecords.Run("s", number, 1000), (_, e) => end = e);
            await open.DurableAsync(end);
        }
        var nodes = folder.SegmentFiles.Select(f => Segments.SegmentHeader.Read(File.ReadAllBytes(f).AsSpan(0, 4096), f).NodeId).ToArray();
        Assert.That(nodes, Is.Ordered.And.Contains(3).And.Contains(7));
    }

    [Test]
    public void The_slots_keep_the_newer_of_two()
    {
        using var folder = new TestFolder();
        var id = Guid.NewGuid();
        using (var slots = CommitSlots.Open(SystemFileLayer.Instance, folder.Path, id))
        {
            Assert.That(slots.Newest, Is.Null);
            for (var i = 1; i <= 5; i++)
                slots.Write(new CommitSlot(64, i * 1000, 1, false));
        }
        using (var slots = CommitSlots.Open(SystemFileLayer.Instance, folder.Path, id))
            Assert.That(slots.Newest!.Value.UntilAddress, Is.EqualTo(5000));
        using (var slots = CommitSlots.Open(SystemFileLayer.Instance, folder.Path, Guid.NewGuid()))
            Assert.That(slots.Newest, Is.Null, "another folder's");
    }

    [Test]
    public async Task An_opening_that_is_cancelled_leaves_the_folder_free()
    {
        using var folder = new TestFolder();
        await RecoveryTests.FillAsync(folder, 1, 500, orderly: true);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await using (var log = folder.Create())
        {
            try
            {
                await log.OpenAsync(() => { }, cancelled.Token);
                Assert.Fail("It was opened.");
            }
            catch (OperationCanceledException)
            {
            }
        }
        await using var open = await folder.OpenAsync();
    }

    [Test]
    public async Task After_the_close_nothing_is_taken()
    {
        using var folder = new TestFolder();
        var log = folder.Create();
        await log.OpenAsync(() => { }, default);
        await log.DisposeAsync();
        await log.DisposeAsync();
        Assert.That(log.Append(TestRecords.Run("s", 1), out _, out _), Is.EqualTo(AppendStatus.Unavailable));
        log.Flush();
    }
}
