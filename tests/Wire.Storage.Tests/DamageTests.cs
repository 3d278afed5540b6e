using System.Buffers.Binary;

namespace Wire.Storage.Tests;

/// <summary>What a start does with files that are not as they were written: refuse where that is proven, cut where a crash explains it.</summary>
public sealed class DamageTests
{
    [Test]
    public async Task A_flipped_bit_in_what_was_durable_is_refused_with_file_and_offset([Range(0, 19)] int seed, [Values] bool slotsAreThere)
    {
        using var folder = new TestFolder();
        var appended = await FillSlowlyAsync(folder);
        if (!slotsAreThere)
            File.Delete(Path.Combine(folder.Path, "commit.slots"));
        var random = new Random(seed);
        // Not the last few: nothing was written after them that could prove that they were durable.
        var victim = appended[random.Next(appended.Count - 3)];
        var address = victim.Address + random.Next((int)(victim.End - victim.Address - 3));
        var (file, offset) = Place(folder, address);
        Change(file, offset, b => (byte)(b ^ 1 << random.Next(8)));

        var error = await RefusalAsync(folder);
        Assert.That(error.Message, Does.Contain(file));
        Assert.That(error.Message, Does.Contain($"offset {Place(folder, victim.Address).Offset},"));
        Assert.That(error.Message, Does.Contain("Restore"));

        // Refused without a change: it is refused again, and opens once it is as it was.
        await RefusalAsync(folder);
    }

    [Test]
    public async Task A_zeroed_page_below_durable_records_is_refused([Values] bool slotsAreThere)
    {
        using var folder = new TestFolder();
        var appended = await FillSlowlyAsync(folder);
        if (!slotsAreThere)
            File.Delete(Path.Combine(folder.Path, "commit.slots"));
        var page = folder.Options().PageBytes;
        var (file, offset) = Place(folder, 2 * page);
        Zero(file, offset, page);
        Assert.That(appended[^1].End, Is.GreaterThan(3 * page));
        var error = await RefusalAsync(folder);
        Assert.That(error.Message, Does.Contain(file));
    }

    [Test]
    public async Task A_hole_above_all_that_later_records_call_durable_is_cut()
    {
        using var folder = new TestFolder();
        var device = new HeldDevice();
        var appended = new List<RecoveryTests.Appended>();
        await using (var open = await folder.OpenAsync(files: device.Files))
        {
            await AppendInOneRoundAsync(open, device, appended, 1, 40, 1000);
            folder.Snapshot();
        }
        folder.RestoreSnapshot();
        File.Delete(Path.Combine(folder.Path, "commit.slots"));
        var page = folder.Options().PageBytes;
        var (file, offset) = Place(folder, page);
        Zero(file, offset, page);

        var captured = new CapturedLog();
        await using (var open = await folder.OpenAsync(logger: captured))
        {
            var kept = appended.TakeWhile(a => a.Address < page).ToList();
            Assert.That(open.Log.DurableAddress, Is.EqualTo(kept[^1].End));
            RecoveryTests.AssertRecords(open.Log, kept);
            Assert.That(captured.Has(EventIds.TornTailCut), Is.True);
        }
    }

    [Test]
    public async Task A_hole_that_the_slot_calls_durable_is_refused()
    {
        using var folder = new TestFolder();
        var device = new HeldDevice();
        await using (var open = await folder.OpenAsync(files: device.Files))
            await AppendInOneRoundAsync(open, device, [], 1, 40, 1000);
        var page = folder.Options().PageBytes;
        var (file, offset) = Place(folder, page);
        Zero(file, offset, page);
        var error = await RefusalAsync(folder);
        Assert.That(error.Message, Does.Contain(file).And.Contain("commit.slots"));
    }

    [Test]
    public async Task Records_that_were_cut_never_come_back()
    {
        using var folder = new TestFolder();
        var kept = new List<RecoveryTests.Appended>();
        var cut = new List<RecoveryTests.Appended>();
        var device = new HeldDevice();
        await using (var open = await folder.OpenAsync(files: device.Files))
        {
            await open.AppendAsync(TestRecords.Run("s", 1, 500), (a, e) => kept.Add(new("s", 1, a, e)));
            await open.DurableAsync(kept[^1].End);
            // Of one size, so that what is written later ends where these began.
            await AppendInOneRoundAsync(open, device, cut, 2, 99, 500);
            folder.Snapshot();
        }
        folder.RestoreSnapshot();
        File.Delete(Path.Combine(folder.Path, "commit.slots"));
        // Only the first of them is lost, as a crash may have it; the rest would be valid records.
        var (file, offset) = Place(folder, cut[0].Address);
        Zero(file, offset, (int)(cut[0].End - cut[0].Address));

        for (var boot = 0; boot < 4; boot++)
        {
            await using var open = await folder.OpenAsync();
            Assert.That(open.Log.DurableAddress, Is.EqualTo(kept[^1].End));
            RecoveryTests.AssertRecords(open.Log, kept);
            var (live, from) = Place(folder, kept[^1].End);
            Assert.That(File.ReadAllBytes(live).AsSpan((int)from).ContainsAnyExcept((byte)0), Is.False, "what was cut is still on the disk");
            var number = 2L + boot;
            await open.AppendAsync(TestRecords.Run("t", number, 500), (a, e) => kept.Add(new("t", number, a, e)));
            await open.DurableAsync(kept[^1].End);
            Assert.That(kept[^1].Address, Is.EqualTo(cut[boot].Address));
            using var reader = open.Log.OpenReader();
            foreach (var ghost in cut.Skip(boot + 1))
                Assert.That(reader.Read(ghost.Address, out _), Is.Not.EqualTo(LogReadStatus.Found));
            folder.Snapshot();
            await open.DisposeAsync();
            folder.RestoreSnapshot();
            File.Delete(Path.Combine(folder.Path, "commit.slots"));
        }
    }

    [Test]
    public async Task What_looks_like_a_record_within_a_payload_does_not_make_a_torn_end_look_like_damage()
    {
        using var folder = new TestFolder();
        long address = 0, end = 0;
        await using (var open = await folder.OpenAsync())
        {
            await open.AppendAsync(TestRecords.Run("s", 1), (_, e) => end = e);
            await open.DurableAsync(end);
            // Forged: sealed as the next records of the log, by someone who knows everything but the epoch.
            var payload = new byte[4000];
            for (var at = 0; at + 400 < payload.Length; at += 400)
            {
                var forged = TestRecords.Run("s", 7, 200);
                RecordHeader.Seal(forged, 0, 1, (ulong)(3 + at / 400), end + 40);
                BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(at), forged.Length);
                forged.CopyTo(payload.AsSpan(at + 4));
            }
            using var writer = new RunWriter();
            writer.Begin("s"u8, "c"u8);
            writer.Add(1, 1, 1, 0, 2, 0, payload);
            var record = writer.Complete(2, new RecordChain(2, 0, 0, 0), 2, 2, 2).ToArray();
            await open.AppendAsync(record, (a, _) => address = a);
            await open.DurableAsync(address + 1);
            folder.Snapshot();
        }
        folder.RestoreSnapshot();
        File.Delete(Path.Combine(folder.Path, "commit.slots"));
        // The record's head is torn; what a client put into it is still there.
        var (file, offset) = Place(folder, address);
        Zero(file, offset, 8);
        await using var again = await folder.OpenAsync();
        Assert.That(again.Log.DurableAddress, Is.EqualTo(end));
    }

    [Test]
    public async Task Any_byte_of_the_slots_may_be_wrong_or_all_of_them_missing()
    {
        using var folder = new TestFolder();
        var appended = await RecoveryTests.FillAsync(folder, 1, 100, orderly: true);
        var slots = Path.Combine(folder.Path, "commit.slots");
        var whole = File.ReadAllBytes(slots);
        folder.Snapshot();
        for (var at = 0; at < 64; at++)
        {
            foreach (var both in (bool[])[false, true])
            {
                var changed = (byte[])whole.Clone();
                changed[at] ^= 0x10;
                if (both)
                    changed[4096 + at] ^= 0x01;
                File.WriteAllBytes(slots, changed);
                await OpenAndCompare();
            }
        }
        File.WriteAllBytes(slots, []);
        await OpenAndCompare();
        File.Delete(slots);
        await OpenAndCompare();

        async Task OpenAndCompare()
        {
            await using var open = await folder.OpenAsync();
            Assert.That(open.Log.DurableAddress, Is.EqualTo(appended[^1].End));
            RecoveryTests.AssertRecords(open.Log, appended);
            RecoveryTests.AssertIndex(open.Log, appended);
        }
    }

    [Test]
    public async Task A_missing_file_is_refused([Values(0, 1, 2, -1)] int which, [Values] bool slotsAreThere)
    {
        using var folder = new TestFolder();
        await FillSlowlyAsync(folder, folder.Options(pagesInFile: 1), orderly: true);
        if (!slotsAreThere)
            File.Delete(Path.Combine(folder.Path, "commit.slots"));
        var files = folder.SegmentFiles;
        Assert.That(files, Has.Length.GreaterThan(4));
        File.Delete(which < 0 ? files[^1] : files[which]);

        // Without the slots, a log that has lost its first or last file looks like one that begins later or ends earlier.
        if (!slotsAreThere && which is 0 or -1)
            return;
        var error = await RefusalAsync(folder, folder.Options(pagesInFile: 1));
        Assert.That(error.Message, Does.Contain(folder.Segments));
    }

    [TestCase(0, "is not a segment")]
    [TestCase(9, "is damaged")]
    [TestCase(20, "is damaged")]
    public async Task A_damaged_header_is_refused(int at, string message)
    {
        using var folder = new TestFolder();
        await FillSlowlyAsync(folder);
        Change(folder.SegmentFiles[1], at, b => (byte)(b ^ 4));
        var error = await RefusalAsync(folder);
        Assert.That(error.Message, Does.Contain(message).And.Contain(folder.SegmentFiles[1]));
    }

    [Test]
    public async Task A_file_that_was_cut_short_is_refused()
    {
        using var folder = new TestFolder();
        await FillSlowlyAsync(folder);
        using (var file = File.OpenWrite(folder.SegmentFiles[0]))
            file.SetLength(10_000);
        var error = await RefusalAsync(folder);
        Assert.That(error.Message, Does.Contain("cut short").And.Contain(folder.SegmentFiles[0]).And.Contain("10000"));
    }

    [Test]
    public async Task A_file_of_another_folder_is_refused()
    {
        using var folder = new TestFolder();
        using var other = new TestFolder();
        await FillSlowlyAsync(folder);
        await FillSlowlyAsync(other);
        File.Copy(other.SegmentFiles[1], folder.SegmentFiles[1], overwrite: true);
        var error = await RefusalAsync(folder);
        Assert.That(error.Message, Does.Contain("another data folder").And.Contain(folder.SegmentFiles[1]));
    }

    [Test]
    public async Task A_newer_format_is_refused_with_file_and_offset()
    {
        using var folder = new TestFolder();
        var appended = await FillSlowlyAsync(folder);
        folder.Snapshot();
        Change(folder.SegmentFiles[1], 12, _ => 2);
        await AssertNewerAsync(folder.SegmentFiles[1], "offset 12");

        folder.RestoreSnapshot();
        folder.Snapshot();
        Change(Path.Combine(folder.Path, "folder"), 12, _ => 2);
        await AssertNewerAsync(Path.Combine(folder.Path, "folder"), "offset 12");

        // A record: version 2, and whole by the rule that every version keeps.
        folder.RestoreSnapshot();
        var victim = appended[appended.Count / 2];
        var (file, offset) = Place(folder, victim.Address);
        var bytes = File.ReadAllBytes(file);
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan((int)offset));
        bytes[offset + 8] = 2;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((int)offset + 4), Crc32C.Compute(bytes.AsSpan((int)offset + 8, length - 4)));
        File.WriteAllBytes(file, bytes);
        await AssertNewerAsync(file, $"offset {offset}");

        async Task AssertNewerAsync(string path, string place)
        {
            var error = await RefusalAsync(folder);
            Assert.That(error.Message, Does.Contain("Use a newer version").And.Contain(path).And.Contain(place));
        }
    }

    [Test]
    public async Task Damage_that_is_met_while_reading_is_reported_by_that_read_alone()
    {
        using var folder = new TestFolder();
        var appended = await RecoveryTests.FillAsync(folder, 1, 300, orderly: true);
        var captured = new CapturedLog();
        await using var open = await folder.OpenAsync(logger: captured);
        var victim = appended[100];
        var (file, offset) = Place(folder, victim.Address + 50);
        Change(file, offset, b => (byte)(b ^ 1));
        using var reader = open.Log.OpenReader();
        Assert.That(open.Log.HasDamage, Is.False);
        Assert.That(reader.Read(victim.Address, out _), Is.EqualTo(LogReadStatus.Damaged));
        Assert.That(open.Log.HasDamage, Is.True);
        Assert.That(reader.Read(victim.Address, out _), Is.EqualTo(LogReadStatus.Damaged));
        Assert.That(captured.Events.Single(e => e.Id == EventIds.ReadFailed).Text, Does.Contain(file));
        RecoveryTests.AssertRecords(open.Log, appended.Where(a => a != victim));
        Assert.That(reader.Read(60, out _), Is.EqualTo(LogReadStatus.Retired));
    }

    /// <summary>Each record is durable before the next one is appended, and so is called durable by it; ends as a killed process does.</summary>
    static async Task<List<RecoveryTests.Appended>> FillSlowlyAsync(TestFolder folder, StorageOptions? options = null, bool orderly = false)
    {
        var appended = new List<RecoveryTests.Appended>();
        options ??= folder.Options(pagesInFile: 3);
        await using (var open = await folder.OpenAsync(options))
        {
            for (var number = 1L; number <= 150; number++)
            {
                await open.AppendAsync(TestRecords.Run("s", number, (int)(number * 97 % 1500)), (a, e) => appended.Add(new("s", number, a, e)));
                await open.DurableAsync(appended[^1].End);
            }
            if (orderly)
                return appended;
            folder.Snapshot();
        }
        folder.RestoreSnapshot();
        return appended;
    }

    // All of it reaches the disk in one round, so that no record can say that another was durable.
    static async Task AppendInOneRoundAsync(OpenLog open, HeldDevice device, List<RecoveryTests.Appended> appended, long first, int count, int payload)
    {
        using (device.Hold())
        {
            for (var number = first; number < first + count; number++)
                await open.AppendAsync(TestRecords.Run("s", number, payload), (a, e) => appended.Add(new("s", number, a, e)));
        }
        await open.DurableAsync(appended[^1].End);
    }

    static async Task<LogException> RefusalAsync(TestFolder folder, StorageOptions? options = null)
    {
        try
        {
            await (await folder.OpenAsync(options)).DisposeAsync();
        }
        catch (LogException e)
        {
            return e;
        }
        throw new AssertionException("The folder was opened.");
    }

    internal static (string File, long Offset) Place(TestFolder folder, long address)
    {
        var file = folder.SegmentFiles.Last(f => StartOf(f) <= address);
        return (file, 4096 + address - StartOf(file));
    }

    static long StartOf(string path) => Convert.ToInt64(Path.GetFileNameWithoutExtension(path)["wire-".Length..], 16);

    internal static void Change(string path, long offset, Func<byte, byte> change)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = offset;
        var value = change((byte)file.ReadByte());
        file.Position = offset;
        file.WriteByte(value);
    }

    internal static void Zero(string path, long offset, int length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = offset;
        file.Write(new byte[length]);
    }
}
