using Wire.Storage.Encryption;

namespace Wire.Storage.Tests;

/// <summary>One record at a time: what is sealed opens, and what was changed does not.</summary>
public sealed class RecordCipherTests
{
    static readonly Guid Folder = Guid.Parse("5b7a9a4e-9d0c-4b39-8f3c-0d5a8a3c0001");

    TestKeys _keys = null!;
    FolderKeys _folderKeys = null!;

    [SetUp]
    public void MakeKeys()
    {
        _keys = new TestKeys(1, 2);
        _folderKeys = new FolderKeys(KeyRing.Load(_keys.Path), Folder);
    }

    [TearDown]
    public void DeleteKeys() => _keys.Dispose();

    [Test]
    public void A_record_opens_as_it_was([Range(0, 49)] int seed)
    {
        var random = new Random(seed);
        var (epoch, sequence, durableUntil) = ((uint)random.NextInt64(1L << 32), (ulong)random.NextInt64(), random.NextInt64());
        using var sealer = new RecordSealer(_folderKeys, epoch);
        using var opener = new RecordOpener(_folderKeys);
        var record = TestRecords.Run(new string('s', random.Next(1, 129)), 1, random.Next(seed % 5 == 0 ? 1 << 20 : 5000));
        var before = record.ToArray();

        var stored = sealer.Seal(record, sequence, durableUntil).ToArray();
        Assert.That(record, Is.EqualTo(before), "the caller's bytes are its own");
        var header = new RecordHeader(stored);
        Assert.That(stored, Has.Length.EqualTo(record.Length + EncryptedRecord.Overhead));
        Assert.That(header.IsIntact && header.IsEncrypted, Is.True);
        Assert.That((header.KeyId, header.Epoch, header.LogSequence, header.DurableUntil), Is.EqualTo((2u, epoch, sequence, durableUntil)));

        Assert.That(opener.TryOpen(stored, out var opened), Is.True);
        RecordHeader.Seal(before, 0, epoch, sequence, durableUntil);
        Assert.That(opened[4..].SequenceEqual(before.AsSpan(4)), Is.True, "all but the CRC");
    }

    [Test]
    public void A_record_that_is_not_encrypted_is_given_as_it_is()
    {
        using var opener = new RecordOpener(_folderKeys);
        var record = TestRecords.Run("s", 1);
        RecordHeader.Seal(record, 0, 1, 1, 64);
        Assert.That(opener.TryOpen(record, out var opened), Is.True);
        Assert.That(opened.Overlaps(record, out var offset) && offset == 0 && opened.Length == record.Length, Is.True);
    }

    [Test]
    public void Any_byte_that_was_changed_is_noticed_even_where_the_CRC_was_made_to_fit()
    {
        using var sealer = new RecordSealer(_folderKeys, 7);
        using var opener = new RecordOpener(_folderKeys);
        var stored = sealer.Seal(TestRecords.Run("session", 1, 200), 3, 64).ToArray();
        for (var at = 0; at < stored.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var altered = stored.ToArray();
                altered[at] ^= (byte)(1 << bit);
                Assert.That(new RecordHeader(altered).IsIntact, Is.False);
                if (at < 4)
                    continue;
                RecordHeader.WriteCrc(altered);
                Assert.That(!new RecordHeader(altered).IsIntact || !opener.TryOpen(altered, out _), Is.True, $"byte {at}, bit {bit}");
            }
        }
        Assert.That(opener.TryOpen(stored, out _), Is.True);
    }

    [Test]
    public void A_record_cut_short_or_moved_to_another_folder_does_not_open()
    {
        using var sealer = new RecordSealer(_folderKeys, 7);
        using var opener = new RecordOpener(_folderKeys);
        var stored = sealer.Seal(TestRecords.Run("s", 1, 10), 3, 64).ToArray();
        for (var length = RecordHeader.Size; length < stored.Length; length++)
            Assert.That(opener.TryOpen(stored.AsSpan(0, length), out _), Is.False, $"{length} bytes");

        var elsewhere = new FolderKeys(KeyRing.Load(_keys.Path), Guid.NewGuid());
        using var other = new RecordOpener(elsewhere);
        Assert.That(other.TryOpen(stored, out _), Is.False);
    }

    [Test]
    public void Two_processes_never_share_a_data_key_even_with_one_epoch()
    {
        // As two copies of a folder that go on separately could have it.
        using var first = new RecordSealer(_folderKeys, 7);
        using var second = new RecordSealer(_folderKeys, 7);
        using var opener = new RecordOpener(_folderKeys);
        var record = TestRecords.Run("s", 1, 100);
        var one = first.Seal(record, 1, 64).ToArray();
        var two = second.Seal(record, 1, 64).ToArray();
        Assert.That(EncryptedRecord.Salt(one), Is.Not.EqualTo(EncryptedRecord.Salt(two)));
        Assert.That(EncryptedRecord.Ciphertext(one).SequenceEqual(EncryptedRecord.Ciphertext(two)), Is.False);
        Assert.That(opener.TryOpen(one, out _) && opener.TryOpen(two, out _), Is.True);
    }

    [Test]
    public void What_a_record_is_refused_for_is_said()
    {
        using var sealer = new RecordSealer(_folderKeys, 7);
        var keyId = new RecordHeader(sealer.Seal(TestRecords.Run("s", 1), 1, 64)).KeyId;
        Assert.That(new FolderKeys(KeyRing.None, Folder).WhyNot(keyId), Does.Contain("key 2").And.Contain("no key file is set"));

        _keys.Set(TestKeys.Line(1));
        Assert.That(new FolderKeys(KeyRing.Load(_keys.Path), Folder).WhyNot(keyId), Does.Contain($"which the key file {_keys.Path} does not have"));

        _keys.Set(TestKeys.Line(2, "another"));
        var other = new FolderKeys(KeyRing.Load(_keys.Path), Folder);
        Assert.That(other.WhyNot(keyId), Does.Contain("another key, or the record was altered"));
        other.SetProven(2);
        Assert.That(other.WhyNot(keyId), Does.Contain("was altered").And.Not.Contain("another key"));
    }

    [Test]
    public void Records_of_many_processes_and_keys_open_in_any_order_on_many_threads()
    {
        var stored = new List<byte[]>();
        for (var epoch = 1u; epoch <= 40; epoch++)
        {
            using var sealer = new RecordSealer(_folderKeys, epoch);
            for (var sequence = 1UL; sequence <= 5; sequence++)
                stored.Add(sealer.Seal(TestRecords.Run("s", (long)(epoch * 10 + sequence), 500), sequence, 64).ToArray());
        }
        var faults = 0;
        Parallel.For(0, 8, thread =>
        {
            var random = new Random(thread);
            for (var turn = 0; turn < 500; turn++)
            {
                var opener = _folderKeys.Rent();
                for (var i = 0; i < 5; i++)
                {
                    if (!opener.TryOpen(stored[random.Next(stored.Count)], out var opened) || !TestRecords.Read(opened).Whole)
                        Interlocked.Increment(ref faults);
                }
                _folderKeys.Return(opener);
            }
        });
        Assert.That(faults, Is.Zero);
    }
}
