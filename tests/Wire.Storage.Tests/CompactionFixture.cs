using Wire.Storage.Compaction;
using Wire.Storage.Encryption;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Inspection;
using Wire.Storage.Segments;

namespace Wire.Storage.Tests;

/// <summary>What tests of compaction have in common.</summary>
public abstract class CompactionFixture
{
    private protected TestFolder _folder = null!;
    private protected TestKeys _keys = null!;
    private protected ManualTime _time = null!;

    [SetUp]
    public void MakeFolders() => (_folder, _keys, _time) = (new TestFolder(), new TestKeys(1), new ManualTime());

    [TearDown]
    public void DeleteFolders()
    {
        _folder.Dispose();
        _keys.Dispose();
    }

    private protected StorageOptions Options(bool isEncrypted = true)
    {
        var options = _folder.Options(pagesInFile: 2);
        options.CompactAfter = TimeSpan.Zero;
        options.KeyFile = isEncrypted ? _keys.Path : null;
        return options;
    }

    private protected FolderKeys Keys() => new(KeyRing.Load(_keys.Path), FolderIdentity.Read(SystemFileLayer.Instance, _folder.Path)!.Id);

    private protected string[] ColdFiles() => Directory.GetFiles(_folder.Segments, "*.cold").Order(StringComparer.Ordinal).ToArray();

    private protected long Now() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    // Without compaction, on a clock that stands still.
    private protected async Task<List<RecoveryTests.Appended>> FillAsync(int first, int count, int payload, StorageOptions options, List<RecoveryTests.Appended>? before = null)
    {
        await using var open = await _folder.OpenAsync(options, _time);
        return await AppendAsync(open, first, count, payload, before);
    }

    private protected static async Task<List<RecoveryTests.Appended>> AppendAsync(OpenLog open, int first, int count, int payload, List<RecoveryTests.Appended>? before = null)
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

    private protected async Task<int> CompactAsync(StorageOptions options)
    {
        await using (var open = await _folder.OpenAsync(options, _time))
            await CompactAllAsync(open.Log);
        return ColdFiles().Length;
    }

    // All but the newest file.
    private protected Task CompactAllAsync(IMessageLog log) => UntilAsync(() =>
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
    private protected async Task UntilAsync(Func<bool> isSo)
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
