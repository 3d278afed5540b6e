using System.Security.Cryptography;
using System.Text;
using Wire.Client;
using Wire.Sessions;
using Wire.Storage.Inspection;

namespace Wire.Storage.Tests;

/// <summary>What is copied out of a damaged folder is what was provably good, and all that is not is listed.</summary>
public sealed class SalvageTests
{
    TestFolder _folder = null!;
    string _target = null!;

    [SetUp]
    public void MakeFolders()
    {
        _folder = new TestFolder();
        _target = _folder.Path + ".salvaged";
    }

    [TearDown]
    public void RemoveFolders()
    {
        _folder.Dispose();
        if (Directory.Exists(_target))
            Directory.Delete(_target, recursive: true);
    }

    [Test]
    public async Task Of_a_sound_folder_everything_is_copied_and_sessions_go_on([Values] bool isEncrypted)
    {
        using var keys = new TestKeys(1);
        var keyFile = isEncrypted ? keys.Path : null;
        var options = _folder.Options(pagesInFile: 3);
        options.KeyFile = keyFile;
        var sessions = new ChainedSessions();
        await using (var log = await _folder.OpenAsync(options))
            await sessions.FillAsync(log, 300);
        var before = Messages(_folder.Path, keyFile);

        var report = await LogSalvage.RunAsync(_folder.Path, _target, keyFile);
        Assert.That(report.IsComplete);
        Assert.That(report.Result.Faults, Is.Empty);
        Assert.That(report.Result.Statistics.Encrypted, Is.EqualTo(isEncrypted ? sessions.Records.Count : 0));
        Assert.That(Messages(_target, keyFile), Is.EqualTo(before));
        await AssertStateAsync(sessions, keyFile, session => session.Length > 0);
    }

    [Test]
    public async Task Whatever_is_damaged_what_is_kept_is_whole_and_what_is_not_is_listed([Range(1, 12)] int seed)
    {
        var sessions = await VerifyTests.FillAsync(_folder, 600);
        var all = Messages(_folder.Path).ToLookup(m => m.Session);
        var random = new Random(seed);
        for (var i = 0; i < 1 + seed % 4; i++)
            Damage(sessions, random);
        var intact = Messages(_folder.Path).ToHashSet();
        var before = Contents();

        var report = await LogSalvage.RunAsync(_folder.Path, _target);
        Assert.That(Contents(), Is.EqualTo(before), "the damaged folder was changed");
        Assert.That(report.IsComplete, Is.False);
        Assert.That(report.Result.Faults, Is.Empty);
        Assert.That(report.Result.End, Is.EqualTo(LogEnd.Clean));

        var kept = Messages(_target).ToLookup(m => m.Session);
        var broken = report.Broken.ToDictionary(b => b.SessionId);
        foreach (var session in all)
        {
            var has = kept[session.Key].ToList();
            Assert.That(has, Is.EqualTo(session.Where(m => has.Contains(m))), "what is kept is as it was, in order");
            Assert.That(has.Select(m => m.Sequence), Is.EqualTo(Enumerable.Range(0, has.Count).Select(i => has[0].Sequence + (ulong)i)), "without a hole");
            if (!broken.TryGetValue(session.Key, out var listed))
            {
                // Only its newest may be gone, and then nothing whole of it was left out.
                Assert.That(has, Is.EqualTo(session.Where(intact.Contains)));
                Assert.That(has, Is.EqualTo(session.Take(has.Count)));
                continue;
            }
            if (has.Count > 0)
                Assert.That((listed.KeptFirst, listed.KeptLast), Is.EqualTo((has[0].Sequence, has[^1].Sequence)));
            else
                Assert.That(listed.KeptFirst, Is.GreaterThan(listed.KeptLast));
            var left = session.Where(m => intact.Contains(m) && !has.Contains(m)).ToList();
            Assert.That(listed.NotCopied, Is.EqualTo(left.Count));
            if (left.Count > 0)
                Assert.That((listed.NotCopiedFirst, listed.NotCopiedLast), Is.EqualTo((left[0].Sequence, left[^1].Sequence)));
            if (listed.IsCarriedOn)
                Assert.That(listed.KeptLast, Is.EqualTo(session.Where(intact.Contains).Max(m => m.Sequence)));
        }

        // Whoever has lost nothing, or was carried on, is all that it was.
        await AssertStateAsync(sessions, null, session => kept[session].LastOrDefault() == all[session].Last()
            && (!broken.TryGetValue(session, out var listed) || listed.IsCarriedOn));
    }

    [Test]
    public async Task A_session_is_carried_on_by_a_checkpoint_behind_the_damage_and_ends_before_it_without_one()
    {
        var sessions = new ChainedSessions();
        await using (var log = await _folder.OpenAsync())
        {
            for (var i = 0; i < 50; i++)
            {
                await sessions.RunAsync(log, "with", every: 20);
                await sessions.RunAsync(log, "without", every: 1000);
                await log.DurableAsync(sessions.End);
            }
        }
        foreach (var session in (string[])["with", "without"])
        {
            var victim = sessions.Records.Where(r => r.Session == session && r.Count > 0).ElementAt(9);
            var (file, offset) = DamageTests.Place(_folder, victim.Address);
            DamageTests.Change(file, offset + 60, b => (byte)~b);
        }

        var report = await LogSalvage.RunAsync(_folder.Path, _target);
        // The first checkpoint is record 21: it follows the 20th run.
        Assert.That(report.Broken, Is.EqualTo(new[]
        {
            new SalvagedSession("with", 21, 50, true, 19, 1, 20),
            new SalvagedSession("without", 1, 9, false, 40, 11, 50),
        }));
        Assert.That(report.Source.Lost.Select(l => (l.SessionId, l.FirstSequence, l.LastSequence)), Is.EquivalentTo(new[] { ("with", 10ul, 10ul), ("without", 10ul, 10ul) }));
        await AssertStateAsync(sessions, null, session => session == "with");

        await using var opened = await _folder.OpenAsync(TargetOptions(null));
        var carried = Load(opened.Log, "with");
        Assert.That(carried.First, Is.EqualTo(21));
        Assert.That(Load(opened.Log, "without").Head, Is.EqualTo(9));
    }

    [Test]
    public async Task A_log_whose_first_files_are_retired_is_sound_and_copied_from_where_it_begins()
    {
        await VerifyTests.FillAsync(_folder, 600);
        // Without the slots nothing says that the log began earlier.
        File.Delete(Path.Combine(_folder.Path, "commit.slots"));
        File.Delete(_folder.SegmentFiles[0]);
        Assert.That(LogInspector.Verify(_folder.Path).Faults, Is.Empty);
        var before = Messages(_folder.Path);
        Assert.That(before.Min(m => m.Sequence), Is.GreaterThan(1));

        var report = await LogSalvage.RunAsync(_folder.Path, _target);
        Assert.That(report.IsComplete);
        Assert.That(report.Result.Faults, Is.Empty);
        Assert.That(Messages(_target), Is.EqualTo(before));
        await using var opened = await _folder.OpenAsync(TargetOptions(null));
        foreach (var session in before.GroupBy(m => m.Session))
        {
            var loaded = Load(opened.Log, session.Key);
            Assert.That((loaded.First, loaded.Head), Is.EqualTo((session.First().Sequence, session.Last().Sequence)));
        }
    }

    [Test]
    public async Task What_a_crash_left_of_the_last_flush_is_not_copied()
    {
        var sessions = await VerifyTests.FillAsync(_folder, 100, orderly: false);
        File.Delete(Path.Combine(_folder.Path, "commit.slots"));
        var last = sessions.Records[^1];
        var (file, offset) = DamageTests.Place(_folder, last.Address);
        DamageTests.Change(file, offset + 60, b => (byte)~b);
        var report = await LogSalvage.RunAsync(_folder.Path, _target);
        Assert.That(report.IsComplete, "it was not acknowledged as stored on disk");
        Assert.That(report.Result.Statistics.Messages, Is.EqualTo(sessions.Messages - last.Count));
    }

    [Test]
    public async Task A_folder_that_is_open_a_target_that_exists_and_missing_keys_are_refused_and_nothing_is_left()
    {
        using var keys = new TestKeys(1);
        var options = _folder.Options();
        options.KeyFile = keys.Path;
        await using (var log = await _folder.OpenAsync(options))
        {
            await new ChainedSessions().FillAsync(log, 10);
            await RefusedAsync("is open by process", keys.Path, _target);
        }
        await RefusedAsync("are encrypted", null, _target);
        await RefusedAsync("exists", keys.Path, _folder.Path);
        await RefusedAsync("is not a data folder", null, _target, _folder.Segments);
        Assert.That(Path.Exists(_target), Is.False);
        Assert.That(Path.Exists(_target + ".unfinished"), Is.False);

        async Task RefusedAsync(string reason, string? keyFile, string target, string? source = null) => Assert.That(
            (await Assert.CatchAsync<LogException>(() => LogSalvage.RunAsync(source ?? _folder.Path, target, keyFile)))!.Message, Does.Contain(reason));
    }

    // One of all kinds of damage that there are; none of the last records, which would be a torn end.
    void Damage(ChainedSessions sessions, Random random)
    {
        var page = _folder.Options().PageBytes;
        var files = _folder.SegmentFiles;
        var (file, offset) = DamageTests.Place(_folder, sessions.Records[random.Next(sessions.Records.Count - 5)].Address);
        switch (random.Next(6))
        {
            case 0 or 1:
                DamageTests.Change(file, offset + random.Next(100), b => (byte)~b);
                break;
            case 2:
                DamageTests.Zero(file, 4096 + (offset - 4096) / page * page, page);
                break;
            case 3:
                File.Delete(file);
                // So that further damage finds a place.
                File.Copy(files.First(f => f != file), file);
                break;
            case 4:
                using (var cut = File.OpenWrite(file))
                    cut.SetLength(offset);
                using (var grown = File.OpenWrite(file))
                    grown.SetLength(4096 + 3 * page - 1);
                break;
            case 5:
                DamageTests.Change(file, random.Next(64), b => (byte)~b);
                break;
        }
    }

    // As a server that opens the new folder finds each session.
    async Task AssertStateAsync(ChainedSessions sessions, string? keyFile, Func<string, bool> isWhole)
    {
        await using var opened = await _folder.OpenAsync(TargetOptions(keyFile));
        foreach (var id in sessions.Records.Select(r => r.Session).Distinct().Where(isWhole))
        {
            var (expected, session) = (sessions.Of(id), Load(opened.Log, id));
            Assert.That((session.Head, session.LastPackedId, session.LastTimestamp), Is.EqualTo((expected.Head, expected.LastPackedId, expected.LastTimestamp)));
            foreach (var producer in expected.Producers.All)
            {
                var found = session.Producers.Find(producer.ClientId);
                Assert.That((found?.PublishId, found?.Sequence), Is.EqualTo(((ulong?)producer.PublishId, (ulong?)producer.Sequence)), $"{id}: duplicates would not be known");
            }
        }
    }

    static Session Load(IMessageLog log, string id)
    {
        var session = new Session(Encoding.UTF8.GetBytes(id), 1000);
        Assert.That(SessionLoader.TryLoad(session, log), Is.True, id);
        return session;
    }

    StorageOptions TargetOptions(string? keyFile)
    {
        var options = _folder.Options();
        (options.Path, options.KeyFile) = (_target, keyFile);
        return options;
    }

    string Contents() => string.Join('\n', Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(path => $"{path} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}"));

    static List<Stored> Messages(string path, string? keyFile = null)
    {
        var messages = new List<Stored>();
        LogInspector.Records(path, keyFile, new RecordFilter(), (record, range) =>
        {
            if (new RecordHeader(range.Bytes(record)).Kind == RecordKind.Run)
                messages.AddRange(StoredRun.Messages(range.Bytes(record), 1).Select(m => Stored.Of(m.Message)));
            return true;
        });
        return messages;
    }

    sealed record Stored(string Session, ulong Sequence, ulong Id, long Timestamp, string Sender, ulong PublishId, string Text)
    {
        public static Stored Of(ReceivedMessage m) => new(m.SessionId, m.Sequence, m.Id.Value, m.TimestampUnixNs, m.Sender, m.PublishId, Encoding.UTF8.GetString(m.Payload.Span));
    }
}
