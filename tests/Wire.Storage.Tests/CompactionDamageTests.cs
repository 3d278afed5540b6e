using Wire.Storage.Compaction;
using Wire.Storage.Encryption;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Inspection;
using Wire.Storage.Segments;

namespace Wire.Storage.Tests;

/// <summary>What is damaged, missing or cannot be compacted is said, and left as it is.</summary>
public sealed class CompactionDamageTests : CompactionFixture
{
    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(true, true, Description = "Without a key a CRC is all that there is.")]
    public async Task Damage_in_a_block_is_an_error_of_the_reads_that_meet_it_and_refused_by_the_start(bool isEncrypted, bool fitsCrc)
    {
        var options = Options(isEncrypted);
        options.SnapshotLogBytes = 1;
        var appended = await FillAsync(1, 200, 700, options);
        await CompactAsync(options);
        var path = ColdFiles()[1];
        var bytes = File.ReadAllBytes(path);
        var header = ColdHeader.Read(bytes, path);
        var index = new ColdIndex(bytes.AsSpan((int)header.IndexOffset, header.IndexBytes));
        var block = index[1];
        bytes[block.Offset + block.StoredBytes / 2] ^= 1;
        if (fitsCrc)
        {
            ColdIndex.Write(bytes.AsSpan((int)header.IndexOffset + ColdHeader.IndexEntryBytes),
                block with { Crc = Crc32C.Compute(bytes.AsSpan((int)block.Offset, block.StoredBytes)) });
            (header with { IndexCrc = Crc32C.Compute(bytes.AsSpan((int)header.IndexOffset, header.IndexBytes)) })
                .Write(bytes.AsSpan(0, ColdHeader.Size), bytes.AsSpan(ColdHeader.SegmentHeaderAt).ToArray());
        }
        File.WriteAllBytes(path, bytes);
        // With the index of sessions there is no need to read it at the start; without, there is.
        await using (var open = await _folder.OpenAsync(options, _time))
        {
            using var reader = open.Log.OpenReader();
            foreach (var record in appended)
            {
                var isIn = record.Address >= block.Address && record.Address < block.Address + block.Bytes;
                Assert.That(reader.Read(record.Address, out _), Is.EqualTo(isIn ? LogReadStatus.Damaged : LogReadStatus.Found), $"{record}");
            }
        }
        Directory.Delete(Path.Combine(_folder.Path, "index"), recursive: true);
        var error = await Assert.CatchAsync<LogException>(() => _folder.OpenAsync(options, _time));
        Assert.That(error!.Message, Does.Contain(path).And.Contain($"offset {block.Offset}").And.Contain($"address {block.Address:x16}"));
        Assert.That(error.Message, Does.Contain(fitsCrc ? "altered" : "checksum"));
    }

    [TestCase(8, "offset 8")]
    [TestCase(12, "format")]
    [TestCase(48, "offset 8")]
    [TestCase(-1, "cut short")]
    public async Task A_header_that_is_damaged_or_newer_is_refused_with_file_and_offset(int at, string says)
    {
        await FillAsync(1, 200, 700, Options());
        await CompactAsync(Options());
        var path = ColdFiles()[0];
        var bytes = File.ReadAllBytes(path);
        if (at < 0)
            bytes = bytes[..^1];
        else
            bytes[at] ^= 2;
        File.WriteAllBytes(path, bytes);
        var error = await Assert.CatchAsync<LogException>(() => _folder.OpenAsync(Options(), _time));
        Assert.That(error!.Message, Does.Contain(path).And.Contain(says));
    }

    [Test]
    public async Task A_cold_file_that_is_missing_or_the_last_one_is_refused()
    {
        await FillAsync(1, 200, 700, Options());
        await CompactAsync(Options());
        var path = ColdFiles()[1];
        File.Move(path, path + ".away");
        Assert.That((await Assert.CatchAsync<LogException>(() => _folder.OpenAsync(Options(), _time)))!.Message, Does.Contain("missing").And.Contain(ColdFiles()[0]));
        File.Move(path + ".away", path);
        File.Delete(_folder.SegmentFiles[^1]);
        File.Delete(Path.Combine(_folder.Path, "commit.slots"));
        Assert.That((await Assert.CatchAsync<LogException>(() => _folder.OpenAsync(Options(), _time)))!.Message, Does.Contain("missing").And.Contain(ColdFiles()[^1]));
    }

    [Test]
    public async Task What_had_left_the_log_goes_with_the_segment_that_it_was_made_of()
    {
        await FillAsync(1, 200, 700, Options());
        var segments = _folder.SegmentFiles;
        var bytes = File.ReadAllBytes(segments[0]);
        await CompactAsync(Options());
        var cold = ColdFiles();
        // As a crash leaves it between the slots that say so and the end of the files.
        File.WriteAllBytes(segments[0], bytes);
        using (var slots = CommitSlots.Open(SystemFileLayer.Instance, _folder.Path, FolderIdentity.Read(SystemFileLayer.Instance, _folder.Path)!.Id))
            slots.Write(slots.Newest!.Value with { BeginAddress = ColdHeader.Read(File.ReadAllBytes(cold[1]), cold[1]).StartAddress });
        await using var open = await _folder.OpenAsync(Options(), _time);
        Assert.That((File.Exists(cold[0]), File.Exists(segments[0]), File.Exists(cold[1])), Is.EqualTo((false, false, true)));
        Assert.That(open.Log.BeginAddress, Is.GreaterThan(64));
    }

    [Test]
    public async Task A_segment_that_would_not_come_back_as_it_is_stays_and_the_others_do_not()
    {
        var appended = await FillAsync(1, 200, 700, Options());
        var files = _folder.SegmentFiles;
        var captured = new CapturedLog();
        await using var open = await _folder.OpenAsync(Options(), _time, captured);
        // A bit flips on the disk while the server runs.
        using (var file = File.Open(files[1], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = SegmentHeader.Size + 20_200;
            var one = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(one ^ 1));
        }
        await UntilAsync(() => ColdFiles().Length == files.Length - 2);
        Assert.That(File.Exists(files[1]), Is.True);
        Assert.That(captured.Events.Count(e => e.Id == EventIds.SegmentNotCompacted), Is.EqualTo(1));
        var kept = ((FasterMessageLog)open.Log).Catalog.Segments[1];
        RecoveryTests.AssertRecords(open.Log, appended.Where(a => a.Address < kept.StartAddress || a.Address >= kept.EndAddress));
    }

    [TestCase(nameof(FileOperation.Create))]
    [TestCase(nameof(FileOperation.Write))]
    [TestCase(nameof(FileOperation.Sync))]
    [TestCase(nameof(FileOperation.Rename))]
    [TestCase(nameof(FileOperation.SyncFolder))]
    public async Task An_error_leaves_the_segment_and_the_log_as_they_are_and_is_tried_again(string name)
    {
        var operation = Enum.Parse<FileOperation>(name);
        var appended = await FillAsync(1, 200, 700, Options());
        var files = _folder.SegmentFiles.Length;
        var fails = true;
        var observed = new ObservedFiles
        {
            Before = call =>
            {
                if (Volatile.Read(ref fails) && call.Operation == operation && Thread.CurrentThread.Name == "wire-log-compaction")
                    throw operation == FileOperation.Write ? new DiskFullException("no room") : new IOException("broken");
            },
        };
        var captured = new CapturedLog();
        await using var open = await _folder.OpenAsync(Options(), _time, captured, observed);
        await UntilAsync(() => captured.Has(EventIds.CompactionFailed));
        Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Healthy));
        Assert.That(Directory.GetFiles(_folder.Segments, "*.cold*"), Is.Empty);
        RecoveryTests.AssertRecords(open.Log, appended);
        Volatile.Write(ref fails, false);
        _time.Advance(TimeSpan.FromMinutes(2));
        await CompactAllAsync(open.Log);
        Assert.That(ColdFiles(), Has.Length.EqualTo(files - 1));
        RecoveryTests.AssertRecords(open.Log, appended);
    }

    [Test]
    public async Task Who_looks_into_the_folder_sees_what_was_there_before([Values] bool isEncrypted)
    {
        var options = Options(isEncrypted);
        var sessions = new ChainedSessions();
        await using (var open = await _folder.OpenAsync(options, _time))
            await sessions.FillAsync(open, 600);
        var keyFile = isEncrypted ? _keys.Path : null;
        var before = LogInspector.Verify(_folder.Path, keyFile);
        Assert.That(before.IsSound, Is.True);

        // Also one that had come to know the files before they were compacted.
        using (var looking = InspectedFolder.Open(_folder.Path, keyFile))
        {
            Assert.That(await CompactAsync(options), Is.GreaterThan(2));
            var records = 0;
            var log = new LogContinuity(looking, checksContent: true);
            log.Run((_, _) => ++records > 0, CancellationToken.None);
            Assert.That(log.Faults, Is.Empty);
            Assert.That(records, Is.EqualTo(before.Statistics.Records));
        }
        var after = LogInspector.Verify(_folder.Path, keyFile);
        Assert.That(after.Faults, Is.Empty);
        Assert.That((after.EndAddress, after.Statistics.Messages, after.Statistics.Records), Is.EqualTo((before.EndAddress, before.Statistics.Messages, before.Statistics.Records)));
        Assert.That(after.Files.Sum(f => f.Length), Is.LessThan(before.Files.Sum(f => f.Length)));
        if (isEncrypted)
            Assert.That(() => LogInspector.Verify(_folder.Path), Throws.InstanceOf<LogException>().With.Message.Contains("key 1").And.Message.Contains(_folder.Segments));

        // Damage in a block is named, and takes no more than what is in it.
        var damaged = ColdFiles()[1];
        var bytes = File.ReadAllBytes(damaged);
        bytes[ColdHeader.Size + 20] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        var report = LogInspector.Verify(_folder.Path, keyFile);
        Assert.That(report.IsSound, Is.False);
        Assert.That(report.Faults.Single().ToString(), Does.Contain(damaged).And.Contain("it cannot be read").And.Contain($"offset {ColdHeader.Size} "));
        var from = report.Faults.Single().Address!.Value;
        var page = _folder.Options().PageBytes;
        var lost = sessions.Records.Where(r => r.Address >= from && r.Address < (from / page + 1) * page).ToList();
        Assert.That(report.LostRecords, Is.EqualTo(lost.Count), "pages of these tests are one block");
        Assert.That(report.Statistics.Records, Is.EqualTo(before.Statistics.Records - lost.Count));

        var target = _folder.Path + ".salvaged";
        try
        {
            var salvaged = await LogSalvage.RunAsync(_folder.Path, target, keyFile);
            Assert.That(salvaged.Result.IsSound, Is.True);
            Assert.That(salvaged.Result.Statistics.Encrypted > 0, Is.EqualTo(isEncrypted));
            Assert.That(salvaged.Broken.Select(b => b.SessionId), Is.EquivalentTo(lost.Select(r => r.Session).Distinct()));
        }
        finally
        {
            if (Directory.Exists(target))
                Directory.Delete(target, recursive: true);
        }
    }
}
