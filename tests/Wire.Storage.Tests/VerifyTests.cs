using System.Buffers.Binary;
using System.Security.Cryptography;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Inspection;

namespace Wire.Storage.Tests;

/// <summary>What <c>wire log verify</c> and <c>wire log stat</c> say of folders that are sound, live, torn and damaged.</summary>
public sealed class VerifyTests
{
    [Test]
    public async Task A_log_of_many_files_and_processes_is_sound([Values] bool orderly)
    {
        using var folder = new TestFolder();
        var sessions = await FillAsync(folder, 400, boots: 4, orderly);
        var report = LogInspector.Verify(folder.Path);
        Assert.That(report.Faults, Is.Empty);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.IsSound);
            Assert.That(report.End, Is.EqualTo(LogEnd.Clean));
            Assert.That(report.Holder, Is.Null);
            Assert.That(report.BeginAddress, Is.EqualTo(64));
            Assert.That(report.EndAddress, Is.EqualTo(sessions.End));
            Assert.That(report.Files, Has.Count.EqualTo(folder.SegmentFiles.Length).And.Count.GreaterThan(2));
            Assert.That(report.Statistics.Messages, Is.EqualTo(sessions.Messages));
            Assert.That(report.Statistics.Records, Is.EqualTo(sessions.Records.Count));
            Assert.That(report.Statistics.Checkpoints, Is.EqualTo(sessions.Records.Count(r => r.Count == 0)));
            Assert.That(report.Statistics.Sessions, Is.EqualTo(10));
            Assert.That(report.Statistics.Producers, Is.EqualTo(2));
            Assert.That(report.Statistics.Epochs, Has.Count.EqualTo(4));
            Assert.That(report.Slot!.Value.OrderlyClose, Is.EqualTo(orderly));
            Assert.That(report.Files.Sum(f => report.Statistics.Of(f).Messages), Is.EqualTo(sessions.Messages));
        }
    }

    [Test]
    public async Task An_empty_log_and_one_of_a_single_record_are_sound()
    {
        using var folder = new TestFolder();
        await using (await folder.OpenAsync())
        {
        }
        Assert.That(LogInspector.Verify(folder.Path).IsSound);
        await FillAsync(folder, 1);
        var report = LogInspector.Verify(folder.Path);
        Assert.That(report.IsSound);
        Assert.That(report.Statistics.Messages, Is.EqualTo(1));
    }

    [Test]
    public async Task Looking_changes_nothing_and_keeps_no_server_from_starting()
    {
        using var folder = new TestFolder();
        await FillAsync(folder, 100, orderly: false);
        var before = Contents(folder);
        using (var looking = InspectedFolder.Open(folder.Path))
        {
            new LogContinuity(looking, checksContent: true).Run((_, _) => true, CancellationToken.None);
            Assert.That(Contents(folder), Is.EqualTo(before));
            await using var log = await folder.OpenAsync();
            Assert.That(LogInspector.Verify(folder.Path).Holder, Does.Contain($"process {Environment.ProcessId} "));
        }
        Assert.That(LogInspector.Verify(folder.Path).Holder, Is.Null);
    }

    [Test]
    public async Task A_process_that_was_killed_does_not_have_the_folder_open()
    {
        using var folder = new TestFolder();
        await FillAsync(folder, 10);
        // No process has the highest number, and this one does not have the file open.
        foreach (var process in new[] { int.MaxValue / 4, Environment.ProcessId })
        {
            File.WriteAllText(Path.Combine(folder.Path, "wire.lock"), $"process {process} on {Environment.MachineName} since 2026-11-20 08:00:00Z\n");
            if (process != Environment.ProcessId || OperatingSystem.IsLinux())
                Assert.That(LogInspector.Stat(folder.Path).Holder, Is.Null);
        }
        // Of a process on another machine nothing can be told.
        File.WriteAllText(Path.Combine(folder.Path, "wire.lock"), "process 1 on elsewhere since 2026-11-20 08:00:00Z\n");
        Assert.That(LogInspector.Stat(folder.Path).Holder, Does.StartWith("process 1 on elsewhere"));
    }

    [Test]
    public async Task A_log_that_is_written_to_meanwhile_is_sound()
    {
        using var folder = new TestFolder();
        var options = folder.Options(pagesInFile: 2);
        await using var log = await folder.OpenAsync(options);
        var sessions = new ChainedSessions();
        await sessions.FillAsync(log, 50);
        var durable = log.Log.DurableAddress;
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await sessions.FillAsync(log, 10);
        });
        try
        {
            for (var i = 0; i < 60 || folder.SegmentFiles.Length < 5; i++)
            {
                var report = LogInspector.Verify(folder.Path);
                Assert.That(report.Faults, Is.Empty);
                Assert.That(report.Holder, Is.Not.Null);
                Assert.That(report.EndAddress, Is.GreaterThanOrEqualTo(durable));
                durable = report.Slot!.Value.UntilAddress;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await writing;
        }
    }

    [Test]
    public async Task Files_that_are_retired_while_a_live_log_is_read_are_no_fault()
    {
        using var folder = new TestFolder();
        await using var log = await folder.OpenAsync(folder.Options(pagesInFile: 2));
        var sessions = new ChainedSessions();
        await sessions.FillAsync(log, 400);
        using var looking = InspectedFolder.Open(folder.Path);
        Assert.That(looking.Files, Has.Count.GreaterThan(4));
        File.Delete(looking.Files[0].Path);
        // Open already when it is used again, for other pages and under another name.
        looking.Files[1].Read(new byte[100], looking.Files[1].StartAddress);
        var spare = Path.Combine(folder.Segments, "spare-99.tmp");
        File.Move(looking.Files[1].Path, spare);
        using (var file = new FileStream(spare, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.Write(new byte[4096 + 2 * folder.Options().PageBytes]);

        var continuity = new LogContinuity(looking, checksContent: true);
        var chains = new ChainCheck(looking, continuity);
        var first = 0L;
        continuity.Run((record, range) =>
        {
            first = first == 0 ? record.Address : first;
            chains.Take(record, range);
            return true;
        }, CancellationToken.None);
        Assert.That(continuity.Faults, Is.Empty);
        Assert.That(first, Is.EqualTo(looking.Files[2].StartAddress));
        Assert.That(continuity.BeginAddress, Is.EqualTo(first));
        Assert.That(continuity.EndAddress, Is.EqualTo(sessions.End));
    }

    [Test]
    public async Task Files_that_have_left_the_log_and_are_still_there_are_none_of_it()
    {
        using var folder = new TestFolder();
        await FillAsync(folder, 600);
        var whole = LogInspector.Verify(folder.Path);
        using (var slots = CommitSlots.Open(SystemFileLayer.Instance, folder.Path, whole.Identity.Id))
            slots.Write(slots.Newest!.Value with { BeginAddress = whole.Files[2].StartAddress });
        DamageTests.Change(folder.SegmentFiles[0], 5000, b => (byte)~b);
        var report = LogInspector.Verify(folder.Path);
        Assert.That(report.Faults, Is.Empty);
        Assert.That(report.Files, Has.Count.EqualTo(whole.Files.Count - 2));
        Assert.That(report.BeginAddress, Is.EqualTo(whole.Files[2].StartAddress));
        Assert.That(report.EndAddress, Is.EqualTo(whole.EndAddress));
    }

    [Test]
    public async Task What_a_crash_left_of_the_last_flush_is_said_and_is_no_damage()
    {
        using var folder = new TestFolder();
        var device = new HeldDevice();
        var sessions = new ChainedSessions();
        await using (var log = await folder.OpenAsync(files: device.Files))
        {
            using (device.Hold())
            {
                for (var i = 0; i < 60; i++)
                    await sessions.RunAsync(log, $"session-{i % 5}", padding: 900, every: 1000);
                log.Log.Flush();
            }
            await log.DurableAsync(sessions.End);
            folder.Snapshot();
        }
        folder.RestoreSnapshot();
        File.Delete(Path.Combine(folder.Path, "commit.slots"));
        var page = folder.Options().PageBytes;
        var (file, offset) = DamageTests.Place(folder, page);
        DamageTests.Zero(file, offset, page);
        var report = LogInspector.Verify(folder.Path);
        Assert.That(report.Faults, Is.Empty);
        Assert.That(report.End, Is.EqualTo(LogEnd.Torn));
        Assert.That(report.EndNote!.Address, Is.EqualTo(page));
        // The start cuts where it was said.
        await using (var log = await folder.OpenAsync())
            Assert.That(log.Log.DurableAddress, Is.EqualTo(report.EndAddress));
        Assert.That(LogInspector.Verify(folder.Path).IsSound);
    }

    [Test]
    public async Task What_the_start_refuses_is_damage_and_what_it_opens_ends_where_it_was_said([Range(1, 6)] int seed)
    {
        using var folder = new TestFolder();
        var sessions = await FillAsync(folder, 150, orderly: false);
        // Without them the start reads all of the log, as who looks into it does.
        Directory.Delete(Path.Combine(folder.Path, "index"), recursive: true);
        var random = new Random(seed);
        var (refused, opened) = (0, 0);
        for (var i = 0; i < 24; i++)
        {
            folder.Snapshot();
            if (random.Next(2) == 0)
                File.Delete(Path.Combine(folder.Path, "commit.slots"));
            // Mostly in the last few, where it can be either.
            var victim = sessions.Records[random.Next(3) == 0 ? random.Next(sessions.Records.Count) : ^(1 + random.Next(3))];
            var (file, offset) = DamageTests.Place(folder, victim.Address);
            if (random.Next(2) == 0)
                DamageTests.Change(file, offset + random.Next((int)(victim.End - victim.Address)), b => (byte)(b ^ 1 << random.Next(8)));
            else
                DamageTests.Zero(file, offset, (int)(victim.End - victim.Address));

            var report = LogInspector.Verify(folder.Path);
            try
            {
                await using var log = await folder.OpenAsync();
                Assert.That(report.Faults, Is.Empty, $"opened with {victim} damaged");
                Assert.That(report.EndAddress, Is.EqualTo(log.Log.DurableAddress));
                opened++;
            }
            catch (LogException e)
            {
                Assert.That(report.FaultCount, Is.EqualTo(1), e.Message);
                Assert.That(report.Faults[0].Address, Is.EqualTo(victim.Address), e.Message);
                refused++;
            }
            folder.RestoreSnapshot();
        }
        Assert.That(refused, Is.GreaterThan(2));
        Assert.That(opened, Is.GreaterThan(2));
    }

    [Test]
    public async Task Every_flipped_bit_is_found_or_lies_where_nothing_is([Range(1, 4)] int seed)
    {
        using var folder = new TestFolder();
        var sessions = await FillAsync(folder, 120, orderly: false);
        var random = new Random(seed);
        for (var i = 0; i < 150; i++)
        {
            var victim = sessions.Records[random.Next(sessions.Records.Count)];
            var address = victim.Address + random.Next((int)(victim.End - victim.Address));
            var (file, offset) = DamageTests.Place(folder, address);
            var bit = 1 << random.Next(8);
            DamageTests.Change(file, offset, b => (byte)(b ^ bit));
            var report = LogInspector.Verify(folder.Path);
            DamageTests.Change(file, offset, b => (byte)(b ^ bit));
            // Up to three bytes behind a record align the next one.
            if (address >= victim.End - 3 && report.FaultCount == 0)
                continue;
            var recordOffset = DamageTests.Place(folder, victim.Address).Offset;
            var place = report.Faults.Count > 0 ? report.Faults[0] : report.EndNote;
            Assert.That(place, Is.Not.Null, $"address {address:x}");
            Assert.That((place!.Path, place.Offset), Is.EqualTo((file, recordOffset)), $"address {address:x}: {place}");
            if (victim.Address == sessions.Records[^1].Address)
                continue; // nothing was written after it
            Assert.That(report.FaultCount, Is.EqualTo(1), string.Join('\n', report.Faults));
            Assert.That(report.LostRecords, Is.EqualTo(1));
            Assert.That(report.Statistics.Records, Is.EqualTo(sessions.Records.Count - 1), $"address {address:x}");
            var next = sessions.Records.Find(r => r.Session == victim.Session && r.Address > victim.Address);
            if (next.Session is null)
                Assert.That(report.LostOfUnknownSessions, Is.EqualTo(1));
            else
                Assert.That(report.Lost.Single(), Is.EqualTo(new LostMessages(victim.Session, victim.First, next.First - 1, 1, next.Address)));
        }
        Assert.That(LogInspector.Verify(folder.Path).IsSound);
    }

    [Test]
    public async Task A_zeroed_page_is_found_with_all_that_was_in_it([Values(1, 3, 6)] int page, [Values] bool slotsAreThere)
    {
        using var folder = new TestFolder();
        var sessions = await FillAsync(folder, 400, orderly: false);
        if (!slotsAreThere)
            File.Delete(Path.Combine(folder.Path, "commit.slots"));
        var size = folder.Options().PageBytes;
        var (file, offset) = DamageTests.Place(folder, page * size);
        DamageTests.Zero(file, offset, size);
        var report = LogInspector.Verify(folder.Path);
        var lost = sessions.Records.Where(r => r.Address / size == page).ToList();
        Assert.That(report.Faults.Single().ToString(), Does.StartWith($"{file}, offset {offset}, address {page * size:x16}: no record is there; {lost.Count} records are missing"));
        Assert.That(report.LostRecords, Is.EqualTo(lost.Count));
        Assert.That(report.Lost.Select(l => l.SessionId), Is.EquivalentTo(lost.Select(r => r.Session).Distinct()));
        Assert.That(report.Lost.Sum(l => l.Records), Is.EqualTo(lost.Count));
        Assert.That(report.Statistics.Records, Is.EqualTo(sessions.Records.Count - lost.Count));
    }

    [Test]
    public async Task Files_that_are_missing_cut_short_foreign_renamed_or_without_a_header_are_named()
    {
        using var folder = new TestFolder();
        using var other = new TestFolder();
        await FillAsync(folder, 400);
        await FillAsync(other, 400);
        var files = folder.SegmentFiles;
        Assert.That(files, Has.Length.GreaterThan(2));

        Assert.That(FaultsAfter(() => File.Delete(files[1])), Has.Some.Contains("a file is missing").And.Some.Contains("records are missing"));
        Assert.That(FaultsAfter(() => File.Delete(files[0])), Has.Some.Contains("a file is missing: the log begins at address"));
        Assert.That(FaultsAfter(() => File.Delete(files[^1])), Has.Some.Contains("commit.slots says that the log was on stable storage until"));
        Assert.That(FaultsAfter(() => Truncate(files[0], 10_000)), Has.Some.StartsWith($"{files[0]}, offset 10000: the file is cut short"));
        Assert.That(FaultsAfter(() => File.Copy(other.SegmentFiles[1], files[1], overwrite: true)),
            Has.Some.StartsWith($"{files[1]}, offset 16: the file belongs to another data folder"));
        Assert.That(FaultsAfter(() => File.Move(files[^1], Path.Combine(folder.Segments, "wire-0000000007000000.seg"))), Has.Some.Contains("the file was renamed"));
        Assert.That(FaultsAfter(() => File.WriteAllText(Path.Combine(folder.Segments, "wire-x.seg"), "")), Has.Some.Contains("has a name that no file of a log has"));
        // Its records are read all the same.
        Assert.That(FaultsAfter(() => DamageTests.Change(files[1], 9, b => (byte)~b)), Has.Exactly(1).StartsWith($"{files[1]}, offset 0: the file's header cannot be read"));

        List<string> FaultsAfter(Action damage)
        {
            folder.Snapshot();
            damage();
            var report = LogInspector.Verify(folder.Path);
            folder.RestoreSnapshot();
            Assert.That(report.IsSound, Is.False);
            return [.. report.Faults.Select(f => f.ToString())];
        }
    }

    static readonly object[] WrongRecords =
    [
        new object[] { 32, 1L, "has number" },
        new object[] { 40, -8L, "names address" },
        new object[] { 48, -8L, "two different addresses for record" },
        new object[] { 56, 4L, "names the checkpoint at" },
        new object[] { 64, 1L, "begins with sequence" },
        new object[] { 72, 1L, "its header counts" },
        new object[] { 80, -1_000_000L, "id does not rise" },
        new object[] { 88, -1_000_000_000_000L, "timestamp is lower" },
    ];

    /// <summary>Whole by its checksum, and wrong: a defect of the program that wrote it.</summary>
    [TestCaseSource(nameof(WrongRecords))]
    public async Task A_record_that_does_not_fit_its_session_is_named(int at, long difference, string reason)
    {
        using var folder = new TestFolder();
        var sessions = new ChainedSessions();
        long wrong;
        await using (var log = await folder.OpenAsync())
        {
            // Record 23 of its session: one checkpoint before it, and an odd number.
            for (var i = 0; i < 21; i++)
                await sessions.RunAsync(log, "s", every: 20);
            Assert.That(sessions.Of("s").Chain.RunNumber, Is.EqualTo(22));
            await sessions.RunAsync(log, "s", change: record =>
            {
                if (at == 72)
                    BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(at), (int)(BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(at)) + difference));
                else
                    BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(at), BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(at)) + difference);
            });
            wrong = sessions.Records[^1].Address;
            await log.DurableAsync(sessions.End);
        }
        var report = LogInspector.Verify(folder.Path);
        Assert.That(report.Faults.Select(f => f.Reason), Has.Some.Contains(reason));
        Assert.That(report.Faults[0].Address, Is.EqualTo(wrong));
        Assert.That(report.LostRecords, Is.Zero);
    }

    [Test]
    public async Task A_skip_to_another_record_is_named()
    {
        using var folder = new TestFolder();
        var sessions = new ChainedSessions();
        await using (var log = await folder.OpenAsync())
        {
            for (var i = 0; i < 11; i++)
                await sessions.RunAsync(log, "s");
            // Record 12 names record 8.
            await sessions.RunAsync(log, "s", change: record => BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(48), sessions.Records[6].Address));
            await log.DurableAsync(sessions.End);
        }
        Assert.That(LogInspector.Verify(folder.Path).Faults.Single().Reason, Does.Contain("for record 8 of its session, is another one"));
    }

    [Test]
    public async Task What_is_encrypted_is_checked_with_its_keys_and_counted_without_them()
    {
        using var folder = new TestFolder();
        using var keys = new TestKeys(1);
        var keyFile = keys.Path;
        var options = folder.Options(pagesInFile: 3);
        var sessions = new ChainedSessions();
        foreach (var key in (string?[])[null, keyFile])
        {
            options.KeyFile = key;
            await using var log = await folder.OpenAsync(options);
            await sessions.FillAsync(log, 100);
        }

        var report = LogInspector.Verify(folder.Path, keyFile);
        Assert.That(report.Faults, Is.Empty);
        Assert.That(report.Statistics.NotRead, Is.Zero);
        Assert.That(report.Statistics.Messages, Is.EqualTo(sessions.Messages));
        var encrypted = report.Statistics.Encrypted;
        Assert.That(encrypted, Is.InRange(100, sessions.Records.Count / 2 + 5));
        Assert.That(report.Statistics.KeyIds, Is.EqualTo(new[] { 1u }));

        report = LogInspector.Verify(folder.Path);
        Assert.That(report.Faults, Is.Empty);
        Assert.That(report.Statistics.NotRead, Is.EqualTo(encrypted));
        Assert.That(report.EndAddress, Is.EqualTo(sessions.End));

        // Altered by somebody who can compute a checksum.
        var victim = sessions.Records[^20];
        var (file, offset) = DamageTests.Place(folder, victim.Address);
        var bytes = File.ReadAllBytes(file);
        var record = bytes.AsSpan((int)offset + 4, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan((int)offset)));
        record[110] ^= 1;
        BinaryPrimitives.WriteUInt32LittleEndian(record, Crc32C.Compute(record[4..]));
        File.WriteAllBytes(file, bytes);
        Assert.That(LogInspector.Verify(folder.Path).Faults, Is.Empty, "without the key the checksum is all there is");
        var fault = LogInspector.Verify(folder.Path, keyFile).Faults[0];
        Assert.That((fault.Address, fault.Reason), Is.EqualTo((victim.Address, "the record is encrypted with key 1, and was altered: its authentication tag does not hold")));

        File.WriteAllText(keyFile, "1 " + Convert.ToBase64String(new byte[32]));
        Assert.That(() => LogInspector.Verify(folder.Path, keyFile), Throws.TypeOf<LogException>().With.Message.Contains("is another one"));
    }

    [Test]
    public async Task A_newer_format_is_not_damage_and_is_said()
    {
        using var folder = new TestFolder();
        var sessions = await FillAsync(folder, 100, orderly: false);
        var victim = sessions.Records[50];
        var (file, offset) = DamageTests.Place(folder, victim.Address);
        var bytes = File.ReadAllBytes(file);
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan((int)offset));
        bytes[offset + 8] = 2;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((int)offset + 4), Crc32C.Compute(bytes.AsSpan((int)offset + 8, length - 4)));
        File.WriteAllBytes(file, bytes);
        var report = LogInspector.Verify(folder.Path);
        Assert.That(report.End, Is.EqualTo(LogEnd.Newer));
        Assert.That(report.IsSound, Is.False);
        Assert.That(report.EndNote!.ToString(), Does.Contain($"offset {offset}").And.Contain("Use a newer version of Wire"));
    }

    [Test]
    public void What_is_no_data_folder_is_said()
    {
        Assert.That(() => LogInspector.Verify("/no/such/folder"), Throws.TypeOf<LogException>().With.Message.Contains("/no/such/folder"));
        using var folder = new TestFolder();
        Assert.That(() => LogInspector.Stat(folder.Path), Throws.TypeOf<LogException>().With.Message.Contains("is not a data folder"));
    }

    /// <summary>A folder with a log of whole chains.</summary>
    internal static async Task<ChainedSessions> FillAsync(TestFolder folder, int runs, int boots = 1, bool orderly = true)
    {
        var sessions = new ChainedSessions();
        for (var boot = 0; boot < boots; boot++)
        {
            await using (var log = await folder.OpenAsync(folder.Options(pagesInFile: 3)))
            {
                await sessions.FillAsync(log, runs / boots);
                if (orderly)
                    continue;
                folder.Snapshot();
            }
            folder.RestoreSnapshot();
        }
        return sessions;
    }

    static string Contents(TestFolder folder) => string.Join('\n', Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(path => $"{path} {File.GetLastWriteTimeUtc(path):O} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}"));

    static void Truncate(string path, long length)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(length);
    }
}
