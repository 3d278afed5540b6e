using System.Text;
using Wire.Storage.Compaction;
using Wire.Storage.Encryption;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Inspection;
using Wire.Storage.Segments;

namespace Wire.Storage.Tests;

/// <summary>Closed files of the log in compressed form: nothing reads otherwise than before.</summary>
public sealed class CompactionTests : CompactionFixture
{
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
}
