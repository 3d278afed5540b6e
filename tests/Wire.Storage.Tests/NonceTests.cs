using System.Security.Cryptography;
using Wire.Storage.Encryption;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Tests;

/// <summary>
/// No two records that ever reached a disk have the same nonce under the same data key: over crashes that take back what was
/// written, restarts, changes of the key, records that the log was too busy to take, and copies of a folder that go on separately.
/// </summary>
public sealed class NonceTests
{
    readonly Dictionary<(uint KeyId, uint Epoch, ulong Salt, ulong Sequence), string> _written = [];
    int _records;

    [SetUp]
    public void Forget()
    {
        _written.Clear();
        _records = 0;
    }

    [Test]
    public async Task No_nonce_is_used_twice_over_crashes([Range(0, 14)] int seed)
    {
        using var folder = new TestFolder();
        using var keys = new TestKeys(1);
        var random = new Random(seed);
        var options = folder.Options(pageBytes: 8192, pagesInFile: random.Next(1, 5));
        options.KeyFile = keys.Path;
        var disk = new VolatileDisk();
        var appended = new List<RecoveryTests.Appended>();
        var promised = 0L;
        // How many records come before a crash is the threads' affair as well: it goes on until there were enough.
        for (var generation = 0; generation < 8 || _records <= 500 && generation < 50; generation++)
        {
            if (random.Next(3) == 0)
                keys.Add(generation + 2);
            var log = folder.Create(options, files: disk);
            var crash = new PlannedCrash(log, disk, random, atLeast: generation == 0 ? 40 : 1);
            await using (var open = await OpenLog.OpenAsync(log))
            {
                var end = log.DurableAddress;
                Assert.That(end, Is.GreaterThanOrEqualTo(promised));
                appended.RemoveAll(a => a.End > end);
                RecoveryTests.AssertRecords(log, appended);
                for (var number = appended.Count + 1; crash.Image is null && number < 3000; number++)
                {
                    await open.AppendAsync(TestRecords.Run("s", number, random.Next(2000)), (a, e) => appended.Add(new("s", number, a, e)));
                    if (random.Next(4) == 0)
                        log.Flush();
                    if (random.Next(30) == 0)
                        log.Roll();
                }
            }
            // Everything that was written at any time until then, of which the crash may take some back.
            Collect(disk, folder.Segments, options.PageBytes);
            promised = crash.Image is null ? log.DurableAddress : Math.Max(promised, crash.Promised);
            disk = crash.End();
        }
        Assert.That(_records, Is.GreaterThan(500));
    }

    [Test]
    public async Task No_nonce_is_used_twice_by_a_record_that_the_log_was_too_busy_to_take()
    {
        using var folder = new TestFolder();
        using var keys = new TestKeys(1);
        var options = folder.Options();
        options.KeyFile = keys.Path;
        var device = new HeldDevice();
        var busy = 0;
        await using (var open = await folder.OpenAsync(options, files: device.Files))
        {
            var end = 0L;
            for (var number = 1L; number <= 1000; number++)
            {
                var status = AppendStatus.Appended;
                using (device.Hold())
                {
                    for (; number <= 1000 && status == AppendStatus.Appended; number++)
                    {
                        status = open.Log.Append(TestRecords.Run("s", number, 900), out _, out var e);
                        end = status == AppendStatus.Appended ? e : end;
                        open.Log.Flush();
                    }
                }
                if (status == AppendStatus.Busy)
                {
                    busy++;
                    // Another record in the place of the one that was not taken.
                    await open.AppendAsync(TestRecords.Run("other", number, 500), (_, e) => end = e);
                }
            }
            await open.DurableAsync(end);
        }
        Collect(Files.SystemFileLayer.Instance, folder.Segments, options.PageBytes);
        Assert.That(busy, Is.GreaterThan(2));
        Assert.That(_written.Keys.Select(k => k.Sequence), Is.Unique);
    }

    [Test]
    public async Task Copies_of_a_folder_that_go_on_separately_share_no_data_key()
    {
        using var folder = new TestFolder();
        using var keys = new TestKeys(1);
        var options = folder.Options();
        options.KeyFile = keys.Path;
        var appended = await RecoveryTests.FillAsync(folder, 1, 20, orderly: true, options: options);
        folder.Snapshot();
        for (var copy = 0; copy < 20; copy++)
        {
            await RecoveryTests.FillAsync(folder, 100, 20 + copy, orderly: true, appended, options);
            Collect(Files.SystemFileLayer.Instance, folder.Segments, options.PageBytes);
            folder.RestoreSnapshot();
            folder.Snapshot();
        }
        Assert.That(_written.Keys.Select(k => k.Salt).Distinct().Count(), Is.EqualTo(21));
    }

    void Collect(Files.IFileLayer disk, string segments, int pageBytes)
    {
        foreach (var path in disk.List(segments).Where(p => p.EndsWith(".seg", StringComparison.Ordinal)))
        {
            using var file = disk.Open(path);
            var bytes = new byte[file.Length];
            Files.DataFileExtensions.ReadZeroFilled(file, bytes, 0);
            for (var start = SegmentHeader.Size; start < bytes.Length; start += pageBytes)
            {
                var first = start == SegmentHeader.Size && path.EndsWith("-0000000000000000.seg", StringComparison.Ordinal);
                var at = first ? (int)PageFraming.FirstAddress : 0;
                while (PageFraming.TryGetRecord(bytes.AsSpan(start + at, pageBytes - at), out var record) && new RecordHeader(record).IsIntact)
                {
                    Note(record, path);
                    at += PageFraming.EntryBytes(record.Length);
                }
            }
        }
    }

    void Note(ReadOnlySpan<byte> record, string path)
    {
        var header = new RecordHeader(record);
        if (header.Kind != RecordKind.Run)
            return;
        Assert.That(header.IsEncrypted, Is.True);
        var used = (header.KeyId, header.Epoch, EncryptedRecord.Salt(record), header.LogSequence);
        var content = Convert.ToHexString(SHA256.HashData(record));
        _records++;
        if (!_written.TryAdd(used, content) && _written[used] != content)
            Assert.Fail($"{path}: {used} encrypted two records.");
    }
}
