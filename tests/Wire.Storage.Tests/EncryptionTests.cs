using System.Text;
using Wire.Storage.Encryption;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Tests;

/// <summary>A log with a key file: what is on the disk, which keys it needs, and what it says where they are not there.</summary>
public sealed class EncryptionTests
{
    TestFolder _folder = null!;
    TestKeys _keys = null!;

    [SetUp]
    public void MakeFolders() => (_folder, _keys) = (new TestFolder(), new TestKeys(1));

    [TearDown]
    public void DeleteFolders()
    {
        _folder.Dispose();
        _keys.Dispose();
    }

    [Test]
    public async Task No_file_has_an_id_or_a_message_in_clear([Values] bool isEncrypted)
    {
        var record = Record("the-session", "the-client", "what nobody else is to read");
        await using (var open = await _folder.OpenAsync(isEncrypted ? Options() : _folder.Options()))
        {
            for (var number = 1; number <= 200; number++)
                await open.AppendAsync(record);
            var end = 0L;
            await open.AppendAsync(TestRecords.Run("t", 1), (_, e) => end = e);
            await open.DurableAsync(end);
        }
        foreach (var text in (string[])["the-session", "the-client", "nobody"])
        {
            // The control: where nothing is encrypted they are found.
            var files = Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories)
                .Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);
            Assert.That(files, isEncrypted ? Is.Empty : Is.Not.Empty, text);
        }
    }

    [Test]
    public async Task Records_and_sessions_are_found_after_a_restart_and_a_crash()
    {
        var appended = await RecoveryTests.FillAsync(_folder, 1, 500, orderly: true, options: Options());
        appended.AddRange(await RecoveryTests.FillAsync(_folder, 501, 500, orderly: false, appended, Options()));
        await using var open = await _folder.OpenAsync(Options());
        RecoveryTests.AssertRecords(open.Log, appended);
        RecoveryTests.AssertIndex(open.Log, appended);
    }

    [Test]
    public async Task An_append_leaves_the_record_as_it_is()
    {
        await using var open = await _folder.OpenAsync(Options());
        var record = TestRecords.Run("s", 1, 1000);
        var before = record.ToArray();
        await open.AppendAsync(record);
        Assert.That(record, Is.EqualTo(before));
    }

    [Test]
    public async Task Each_start_encrypts_with_the_newest_key_and_reads_with_all()
    {
        var appended = await RecoveryTests.FillAsync(_folder, 1, 300, orderly: true, options: Options());
        for (var id = 2; id <= 4; id++)
        {
            _keys.Add(id);
            appended.AddRange(await RecoveryTests.FillAsync(_folder, id * 1000, 300, orderly: id % 2 == 0, appended, Options()));
        }
        await using var open = await _folder.OpenAsync(Options());
        RecoveryTests.AssertRecords(open.Log, appended);
        RecoveryTests.AssertIndex(open.Log, appended);
        Assert.That(StoredKeyIds().Where(id => id != 0).Distinct(), Is.EqualTo(new uint[] { 1, 2, 3, 4 }));
    }

    [Test]
    public async Task A_log_may_begin_to_be_encrypted_and_cease_to_be()
    {
        var appended = await RecoveryTests.FillAsync(_folder, 1, 100, orderly: true);
        appended.AddRange(await RecoveryTests.FillAsync(_folder, 101, 100, orderly: false, appended, Options()));
        var off = Options();
        off.EncryptAppends = false;
        appended.AddRange(await RecoveryTests.FillAsync(_folder, 201, 100, orderly: true, appended, off));
        var captured = new CapturedLog();
        await using (var open = await _folder.OpenAsync(off, logger: captured))
        {
            RecoveryTests.AssertRecords(open.Log, appended);
            RecoveryTests.AssertIndex(open.Log, appended);
            Assert.That(captured.Has(EventIds.LogEncryptsNoMore), Is.True);
            Assert.That(StoredKeyIds(), Is.EqualTo(Enumerable.Repeat(0u, 100).Concat(Enumerable.Repeat(1u, 100)).Concat(Enumerable.Repeat(0u, 100))));
        }
        // What was encrypted once needs its key, also when nothing is any more.
        await RefusedAsync(_folder.Options(), "key 1", "no key file is set");
    }

    [Test]
    public async Task A_key_that_is_missing_or_another_one_is_refused_by_name([Values] bool usesAreThere)
    {
        _keys.Add(2);
        var appended = await RecoveryTests.FillAsync(_folder, 1, 300, orderly: true, options: Options());
        if (!usesAreThere)
            File.Delete(Path.Combine(_folder.Path, KeyUses.FileName));
        var first = usesAreThere ? $"the log in {_folder.Path}" : $"{_folder.SegmentFiles[0]}, offset 4160, address 0000000000000040";

        await RefusedAsync(_folder.Options(), first, "key 2", "no key file is set");
        _keys.Set(TestKeys.Line(1), TestKeys.Line(3));
        await RefusedAsync(Options(), first, "key 2", $"the key file {_keys.Path} does not have");
        _keys.Set(TestKeys.Line(1), TestKeys.Line(2, "another"));
        await RefusedAsync(Options(), first, "key 2", _keys.Path, "another");

        _keys.Set(TestKeys.Line(2));
        await using var open = await _folder.OpenAsync(Options());
        RecoveryTests.AssertRecords(open.Log, appended);
    }

    [Test]
    public async Task A_key_file_that_cannot_be_used_stops_the_start_before_a_folder_is_made()
    {
        _keys.Set("nonsense");
        var options = Options();
        options.Path = Path.Combine(_folder.Path, "new");
        Assert.That((await Assert.CatchAsync<LogException>(() => _folder.OpenAsync(options)))!.Message, Does.Contain($"{_keys.Path}, line 1"));
        Assert.That(Directory.Exists(options.Path), Is.False);
        options.KeyFile = " ";
        Assert.That((await Assert.CatchAsync<LogException>(() => _folder.OpenAsync(options)))!.Message, Does.Contain("KeyFile is empty"));
    }

    [TestCase(5, Description = "the kind")]
    [TestCase(6, Description = "the flags")]
    [TestCase(8, Description = "the key")]
    [TestCase(24, Description = "durableUntil")]
    [TestCase(40, Description = "the record before it")]
    [TestCase(64, Description = "the sequence")]
    [TestCase(88, Description = "the time")]
    [TestCase(RecordHeader.Size, Description = "the session's id")]
    [TestCase(RecordHeader.Size + 40, Description = "the message")]
    [TestCase(-20, Description = "the salt")]
    [TestCase(-1, Description = "the tag")]
    public async Task A_record_that_was_altered_with_its_CRC_is_found_by_the_start_and_by_the_read_that_meets_it(int at)
    {
        var appended = await RecoveryTests.FillAsync(_folder, 1, 100, orderly: true, options: Options());
        var victim = appended[40];
        await using (var open = await _folder.OpenAsync(Options()))
        {
            Alter(victim.Address, at);
            using (var reader = open.Log.OpenReader())
                Assert.That(reader.Read(victim.Address, out _), Is.EqualTo(LogReadStatus.Damaged));
            RecoveryTests.AssertRecords(open.Log, appended.Where(a => a != victim));
        }
        var offset = 4096 + victim.Address;
        await RefusedAsync(Options(), $"{_folder.SegmentFiles[0]}, offset {offset}, address {victim.Address:x16}", "is encrypted with key");
    }

    [Test]
    public async Task Readers_on_many_threads_do_not_disturb_each_other_or_the_appends()
    {
        var appended = new List<RecoveryTests.Appended>();
        for (var generation = 0; generation < 12; generation++)
            appended.AddRange(await RecoveryTests.FillAsync(_folder, generation * 50 + 1, 50, orderly: true, appended, Options()));
        await using var open = await _folder.OpenAsync(Options());
        using var stop = new CancellationTokenSource();
        var appending = Task.Run(async () =>
        {
            for (var number = 1; !stop.IsCancellationRequested; number++)
                await open.AppendAsync(TestRecords.Run("live", number, 200));
        });
        await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (var turn = 0; turn < 100; turn++)
                RecoveryTests.AssertRecords(open.Log, Enumerable.Range(0, 10).Select(_ => appended[random.Next(appended.Count)]));
        })));
        await stop.CancelAsync();
        await appending;
    }

    [Test]
    public async Task The_largest_record_still_fits_its_page()
    {
        await using var open = await _folder.OpenAsync(Options());
        var plain = _folder.Create().MaxRecordBytes;
        Assert.That(open.Log.MaxRecordBytes, Is.EqualTo(plain - EncryptedRecord.Overhead));
        Assert.That(_folder.Options().MaxFrameBytes + RecordHeader.MaxOverhead, Is.LessThanOrEqualTo(open.Log.MaxRecordBytes));
    }

    StorageOptions Options()
    {
        var options = _folder.Options();
        options.KeyFile = _keys.Path;
        return options;
    }

    // Nothing is changed by a start that is refused.
    async Task RefusedAsync(StorageOptions options, params string[] words)
    {
        var before = Content();
        var error = await Assert.CatchAsync<LogException>(() => _folder.OpenAsync(options));
        foreach (var word in words)
            Assert.That(error!.Message, Does.Contain(word).IgnoreCase);
        Assert.That(Content(), Is.EqualTo(before));
    }

    Dictionary<string, string> Content() => Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories)
        .Where(file => !file.EndsWith("wire.lock", StringComparison.Ordinal))
        .ToDictionary(file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));

    static byte[] Record(string session, string client, string payload)
    {
        using var writer = new RunWriter();
        writer.Begin(Encoding.UTF8.GetBytes(session), Encoding.UTF8.GetBytes(client));
        writer.Add(1, 1, 1, 0, (int)Protocol.Durability.Disk, 0, Encoding.UTF8.GetBytes(payload));
        return writer.Complete(2, new RecordChain(1, 0, 0, 0), 1, 1, 1000).ToArray();
    }

    // Flips a bit of a record, counted from its end where negative, and makes its CRC fit: no accident, but somebody's hand.
    void Alter(long address, int at)
    {
        using var file = File.Open(_folder.SegmentFiles[0], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var bytes = new byte[_folder.Options().PageBytes];
        file.Position = SegmentHeader.Size + address;
        file.ReadExactly(bytes);
        Assert.That(PageFraming.TryGetRecord(bytes, out var found), Is.True);
        var record = found.ToArray();
        record[at < 0 ? record.Length + at : at] ^= 1;
        RecordHeader.WriteCrc(record);
        file.Position = SegmentHeader.Size + address + PageFraming.LengthBytes;
        file.Write(record);
    }

    // Of all runs on the disk, in their order.
    List<uint> StoredKeyIds()
    {
        var ids = new List<uint>();
        foreach (var file in _folder.SegmentFiles)
        {
            var bytes = File.ReadAllBytes(file);
            var page = _folder.Options().PageBytes;
            for (var start = SegmentHeader.Size; start < bytes.Length; start += page)
            {
                var at = SegmentHeader.Read(bytes, file).StartAddress == 0 && start == SegmentHeader.Size ? (int)PageFraming.FirstAddress : 0;
                while (PageFraming.TryGetRecord(bytes.AsSpan(start + at, page - at), out var record))
                {
                    if (new RecordHeader(record).Kind == RecordKind.Run)
                        ids.Add(new RecordHeader(record).KeyId);
                    at += PageFraming.EntryBytes(record.Length);
                }
            }
        }
        return ids;
    }
}
