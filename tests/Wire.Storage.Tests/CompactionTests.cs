using System.Text;
using Wire.Storage.Compaction;
using Wire.Storage.Encryption;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Inspection;
using Wire.Storage.Segments;

namespace Wire.Storage.Tests;

/// <summary>Closed files of the log in compressed form: nothing reads otherwise than before, whenever the process ends.</summary>
public sealed class CompactionTests
{
    TestFolder _folder = null!;
    TestKeys _keys = null!;
    ManualTime _time = null!;

    [SetUp]
    public void MakeFolders() => (_folder, _keys, _time) = (new TestFolder(), new TestKeys(1), new ManualTime());

    [TearDown]
    public void DeleteFolders()
    {
        _folder.Dispose();
        _keys.Dispose();
    }

    [Test]
    public async Task A_cold_file_reads_byte_for_byte_as_the_segment([Values("plain", "encrypted", "mixed")] string kind, [Values(1, 3000, 11000)] int payload)
    {
        var appended = new List<RecoveryTests.Appended>();
        var count = payload == 1 ? 800 : 150;
        if (kind != "encrypted")
            appended.AddRange(await FillAsync(1, count, payload, Options(isEncrypted: false)));
        if (kind != "plain")
            appended.AddRange(await FillAsync(1001, count, payload, Options(), appended));
        var before = _folder.SegmentFiles.ToDictionary(path => path, File.ReadAllBytes);

        var cold = await CompactAsync(Options(isEncrypted: kind != "plain"));
        Assert.That(cold, Is.GreaterThan(0));
        var keys = Keys();
        var layer = new ColdFileLayer(SystemFileLayer.Instance, keys, new ColdCache(1 << 20));
        foreach (var path in ColdFiles())
        {
            using var file = (ColdFile)layer.Open(path);
            var segment = before[Path.ChangeExtension(path, ".seg")];
            var bytes = new byte[file.Length];
            file.ReadZeroFilled(bytes, 0);
            Assert.That(bytes.AsSpan().SequenceEqual(segment), Is.True, path);
            Assert.That(new FileInfo(path).Length, Is.LessThan(segment.Length));
            // From any place, in pieces of any size.
            var random = new Random(payload);
            for (var i = 0; i < 300; i++)
            {
                var offset = random.Next(segment.Length);
                var piece = new byte[random.Next(1, 20_000)];
                var read = file.Read(piece, offset);
                Assert.That(read, Is.GreaterThan(0));
                Assert.That(piece.AsSpan(0, read).SequenceEqual(segment.AsSpan(offset, read)), Is.True, $"{path}, offset {offset}");
            }
            Assert.That(file.Read(new byte[10], file.Length), Is.Zero);
        }
        Assert.That(_folder.SegmentFiles, Has.Length.EqualTo(before.Count - cold), "those that are compacted are gone");
    }

    [Test]
    public async Task Records_sessions_and_what_comes_later_are_there_over_restarts([Values] bool isEncrypted, [Values] ReadMethod reads)
    {
        var options = Options(isEncrypted);
        options.Reads = reads;
        options.SnapshotLogBytes = long.MaxValue;
        var appended = new List<RecoveryTests.Appended>();
        for (var generation = 0; generation < 3; generation++)
        {
            appended.AddRange(await FillAsync(generation * 1000 + 1, 200, 700, options, appended));
            await CompactAsync(options);
        }
        // As after kill -9 without any hint: the whole log is read.
        Directory.Delete(Path.Combine(_folder.Path, "index"), recursive: true);
        File.Delete(Path.Combine(_folder.Path, "commit.slots"));
        await using var open = await _folder.OpenAsync(options, _time);
        RecoveryTests.AssertRecords(open.Log, appended);
        RecoveryTests.AssertIndex(open.Log, appended);
        Assert.That(ColdFiles(), Has.Length.GreaterThan(3));
    }

    [Test]
    public async Task Cold_files_are_read_whether_or_not_new_ones_are_made()
    {
        var appended = await FillAsync(1, 200, 700, Options());
        await CompactAsync(Options());
        var options = Options();
        options.CompactAfter = null;
        await using var open = await _folder.OpenAsync(options, _time);
        RecoveryTests.AssertRecords(open.Log, appended);
    }

    [Test]
    public async Task A_reader_that_has_the_segment_goes_on_and_the_file_goes_with_it([Values] ReadMethod reads)
    {
        var options = Options();
        options.Reads = reads;
        var appended = await FillAsync(1, 200, 700, options);
        var first = _folder.SegmentFiles[0];
        var inFirst = appended.Where(a => a.End < new FileInfo(first).Length / 2).ToList();
        await using (var open = await _folder.OpenAsync(options, _time))
        {
            var reader = open.Log.OpenReader();
            Assert.That(reader.Read(inFirst[0].Address, out _), Is.EqualTo(LogReadStatus.Found));
            await CompactAllAsync(open.Log);
            Assert.That(File.Exists(first), Is.True);
            foreach (var record in inFirst)
            {
                Assert.That(reader.Read(record.Address, out var bytes), Is.EqualTo(LogReadStatus.Found));
                Assert.That(TestRecords.Read(bytes), Is.EqualTo((record.Session, record.Number, true)));
            }
            RecoveryTests.AssertRecords(open.Log, appended);
            reader.Dispose();
            Assert.That(File.Exists(first), Is.False);
            RecoveryTests.AssertRecords(open.Log, appended);
        }
    }

    [Test]
    public async Task Readers_that_come_and_go_meanwhile_find_everything([Values] ReadMethod reads)
    {
        var options = Options();
        options.Reads = reads;
        options.CompactAfter = null;
        var appended = await FillAsync(1, 600, 700, options);
        options.CompactAfter = TimeSpan.Zero;
        await using var open = await _folder.OpenAsync(options, _time);
        using var done = new CancellationTokenSource();
        var reading = Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            do
                RecoveryTests.AssertRecords(open.Log, [appended[random.Next(appended.Count)], appended[random.Next(appended.Count)]]);
            while (!done.IsCancellationRequested);
        })).ToList();
        await CompactAllAsync(open.Log);
        await done.CancelAsync();
        await Task.WhenAll(reading);
        Assert.That(_folder.SegmentFiles, Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Nothing_is_taken_for_a_record_but_where_one_begins([Values] bool isEncrypted)
    {
        // Records within the messages, as somebody could have put them there.
        var inner = TestRecords.Run("s", 7, 100);
        RecordHeader.Seal(inner, 0, 1, 1, 64);
        var options = Options(isEncrypted);
        var addresses = new HashSet<long>();
        await using (var open = await _folder.OpenAsync(options, _time))
        {
            var end = 0L;
            for (var number = 1; number <= 150; number++)
            {
                using var writer = new RunWriter();
                writer.Begin("s"u8, "c"u8);
                var payload = new byte[4 + inner.Length + number % 4];
                BitConverter.TryWriteBytes(payload.AsSpan(number % 4), inner.Length);
                inner.CopyTo(payload, 4 + number % 4);
                writer.Add(1, 1, 1, 0, (int)Protocol.Durability.Disk, 0, payload);
                await open.AppendAsync(writer.Complete(2, new RecordChain(number, 0, 0, 0), (ulong)number, number, number).ToArray(), (a, e) => { addresses.Add(a); end = e; });
            }
            await open.DurableAsync(end);
            await CompactAllAsync(open.Log);
            using var reader = open.Log.OpenReader();
            for (var address = 64L; address < ((FasterMessageLog)open.Log).Catalog.Segments[^1].StartAddress; address++)
                Assert.That(reader.Read(address, out _) == LogReadStatus.Found, Is.EqualTo(addresses.Contains(address)), $"{address}");
        }
    }

    [Test]
    public async Task Only_what_was_closed_for_long_enough_is_compacted()
    {
        var options = Options();
        options.CompactAfter = TimeSpan.FromHours(1);
        options.SegmentAge = TimeSpan.FromDays(30);
        await using var open = await _folder.OpenAsync(options, _time);
        await AppendAsync(open, 1, 100, 700);
        _time.Advance(TimeSpan.FromMinutes(30));
        await AppendAsync(open, 101, 100, 700);
        var log = (FasterMessageLog)open.Log;
        var all = _folder.SegmentFiles.Length;
        // The one that the first round ended in was closed in the second.
        var closed = log.Catalog.Segments[1..].ToArray().Count(next => next.BegunAt < Now());
        Assert.That(closed, Is.InRange(1, all - 2));
        _time.Advance(TimeSpan.FromMinutes(31));
        await UntilAsync(() => ColdFiles().Length >= closed);
        Assert.That(ColdFiles(), Has.Length.EqualTo(closed));
        _time.Advance(TimeSpan.FromHours(1));
        await CompactAllAsync(log);
        Assert.That(ColdFiles(), Has.Length.EqualTo(all - 1), "never the newest");
    }

    [TestCase(true, true)]
    [TestCase(true, false, Description = "Encrypted once, and encryption is off now.")]
    [TestCase(false, true, Description = "Not encrypted, and encryption is on now.")]
    public async Task A_cold_file_has_nothing_in_clear(bool wasEncrypted, bool isEncrypted)
    {
        await using (var open = await _folder.OpenAsync(Options(wasEncrypted), _time))
        {
            var end = 0L;
            for (var number = 1; number <= 400; number++)
            {
                using var writer = new RunWriter();
                writer.Begin("the-session"u8, "the-client"u8);
                writer.Add(1, 1, 1, 0, (int)Protocol.Durability.Disk, 0, Encoding.UTF8.GetBytes(new string('m', 500) + "nobody else"));
                await open.AppendAsync(writer.Complete(2, new RecordChain(number, 0, 0, 0), (ulong)number, number, number).ToArray(), (_, e) => end = e);
            }
            await open.DurableAsync(end);
        }
        var options = Options();
        options.EncryptAppends = isEncrypted;
        Assert.That(await CompactAsync(options), Is.GreaterThan(3));
        foreach (var path in ColdFiles())
        {
            // Compressed but not encrypted they would still be found: a short text is not made shorter where it comes first.
            foreach (var text in (string[])["the-session", "the-client", "nobody"])
                Assert.That(File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)), Is.Negative, text);
            using var file = new ColdFileLayer(SystemFileLayer.Instance, Keys(), new ColdCache(0)).Open(path);
            Assert.That(((ColdFile)file).Header.KeyId, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task A_crash_before_any_step_loses_nothing([Values] bool powerIsCut, [Values] bool isEncrypted)
    {
        var options = Options(isEncrypted);
        var disk = new VolatileDisk();
        List<RecoveryTests.Appended> appended;
        await using (var open = await _folder.OpenAsync(options, _time, files: disk))
            appended = await AppendAsync(open, 1, 90, 3000);
        var random = new Random(1);
        var steps = 0;
        for (var crashAt = 1; ; crashAt++)
        {
            disk = disk.Kill();
            VolatileDisk? image = null;
            var step = 0;
            await using (var open = await _folder.OpenAsync(options, _time, files: disk))
            {
                disk.BeforeOperation = () =>
                {
                    if (Thread.CurrentThread.Name == "wire-log-compaction" && ++step == crashAt)
                        Volatile.Write(ref image, powerIsCut ? disk.Crash(random) : disk.Kill());
                };
                await CompactAllAsync(open.Log);
                disk.BeforeOperation = null;
            }
            if (image is null)
                break;
            steps = crashAt;
            // What is left is read, compacted as if nothing had been, and the power goes once more before anything is written.
            foreach (var start in (VolatileDisk[])[image, image.Kill().Crash(random)])
            {
                var later = new List<VolatileDisk>();
                await using (var open = await _folder.OpenAsync(options, _time, files: start))
                {
                    RecoveryTests.AssertRecords(open.Log, appended);
                    RecoveryTests.AssertIndex(open.Log, appended);
                    // What the start did may be lost as well, and not in its order.
                    for (var i = 0; i < 4; i++)
                        later.Add(start.Crash(random));
                    await CompactAllAsync(open.Log);
                    RecoveryTests.AssertRecords(open.Log, appended);
                }
                Assert.That(start.List(_folder.Segments).Count(p => p.EndsWith(".tmp", StringComparison.Ordinal) && p.Contains(".cold", StringComparison.Ordinal)), Is.Zero);
                var cold = start.List(_folder.Segments).Where(p => p.EndsWith(".cold", StringComparison.Ordinal)).ToList();
                Assert.That(cold, Is.Not.Empty);
                Assert.That(cold.Any(p => start.Exists(Path.ChangeExtension(p, ".seg"))), Is.False);
                foreach (var lost in later)
                {
                    await using var open = await _folder.OpenAsync(options, _time, files: lost);
                    RecoveryTests.AssertRecords(open.Log, appended);
                }
            }
            // Each step on a disk that has not met any of them.
            disk = new VolatileDisk();
            await using (var open = await _folder.OpenAsync(options, _time, files: disk))
                appended = await AppendAsync(open, 1, 90, 3000);
        }
        Assert.That(steps, Is.GreaterThan(20));
    }

    [Test]
    public async Task Power_cuts_and_kills_at_any_moment_lose_nothing_durable([Range(0, 9)] int seed)
    {
        var compacted = 0;
        for (var part = 0; part < 5; part++)
        {
            var run = new PowerLossRun(seed * 100 + part, new VolatileDisk()) { Compacts = true, KeyFile = part % 2 == 0 ? _keys.Path : null };
            Assert.That((await run.RunAsync(generations: 8)).Violations, Is.Empty);
            compacted += run.Compacted;
        }
        Assert.That(compacted, Is.GreaterThan(10));
    }

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

    [Test]
    public async Task What_was_read_is_kept_within_a_bound()
    {
        var cache = new ColdCache(1000);
        for (var number = 0; number < 100; number++)
        {
            cache.Add(0, number, new byte[100]);
            Assert.That(cache.Find(0, 0), Is.Not.Null, "what is used stays");
            Assert.That(cache.Bytes, Is.LessThanOrEqualTo(1000));
        }
        Assert.That(cache.Find(0, 50), Is.Null);
        cache.Add(0, 200, new byte[1001]);
        Assert.That(cache.Find(0, 200), Is.Null);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                cache.Add(thread, i % 7, new byte[i % 150]);
                _ = cache.Find(i % 4, i % 5);
            }
        })));
        Assert.That(cache.Bytes, Is.InRange(0, 1000));
    }

    StorageOptions Options(bool isEncrypted = true)
    {
        var options = _folder.Options(pagesInFile: 2);
        options.CompactAfter = TimeSpan.Zero;
        options.KeyFile = isEncrypted ? _keys.Path : null;
        return options;
    }

    FolderKeys Keys() => new(KeyRing.Load(_keys.Path), FolderIdentity.Read(SystemFileLayer.Instance, _folder.Path)!.Id);

    string[] ColdFiles() => Directory.GetFiles(_folder.Segments, "*.cold").Order(StringComparer.Ordinal).ToArray();

    long Now() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    // Without compaction, on a clock that stands still.
    async Task<List<RecoveryTests.Appended>> FillAsync(int first, int count, int payload, StorageOptions options, List<RecoveryTests.Appended>? before = null)
    {
        await using var open = await _folder.OpenAsync(options, _time);
        return await AppendAsync(open, first, count, payload, before);
    }

    static async Task<List<RecoveryTests.Appended>> AppendAsync(OpenLog open, int first, int count, int payload, List<RecoveryTests.Appended>? before = null)
    {
        var appended = new List<RecoveryTests.Appended>();
        var previous = (before ?? []).GroupBy(a => a.Session).ToDictionary(g => g.Key, g => g.Last().Address);
        for (var number = first; number < first + count; number++)
        {
            var session = $"session-{number % 10}";
            var record = TestRecords.Run(session, number, number * 37 % payload, previous.GetValueOrDefault(session));
            await open.AppendAsync(record, (address, end) => appended.Add(new(session, number, address, end)));
            previous[session] = appended[^1].Address;
        }
        await open.DurableAsync(appended[^1].End);
        return appended;
    }

    async Task<int> CompactAsync(StorageOptions options)
    {
        await using (var open = await _folder.OpenAsync(options, _time))
            await CompactAllAsync(open.Log);
        return ColdFiles().Length;
    }

    // All but the newest file.
    Task CompactAllAsync(IMessageLog log) => UntilAsync(() =>
    {
        var segments = ((FasterMessageLog)log).Catalog.Segments;
        foreach (var segment in segments[..^1])
        {
            if (!segment.IsCold)
                return false;
        }
        return true;
    });

    // Ticks until it is so: the log's threads come to their work when they come.
    async Task UntilAsync(Func<bool> isSo)
    {
        var deadline = DateTime.UtcNow + OpenLog.Hung;
        while (!isSo())
        {
            Assert.That(DateTime.UtcNow, Is.LessThan(deadline), "it has hung");
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }
    }
}
