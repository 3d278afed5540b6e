namespace Wire.Storage.Tests;

/// <summary>
/// What a log does in its life, in short: it is opened on what another has left, appends, becomes durable, goes on in new files
/// by size and by age, writes its slots and snapshots, and is closed.
/// </summary>
internal sealed class FaultStory(TestFolder folder, StorageOptions options)
{
    readonly ManualTime _time = new();
    readonly CapturedLog _captured = new();
    int _hadRoom;
    Action<FasterMessageLog>? _beforeClose;

    /// <summary>What was appended, in order.</summary>
    public List<RecoveryTests.Appended> Appended { get; } = [];

    /// <summary>Until where the log has called itself durable.</summary>
    public long Promised { get; private set; }

    /// <summary>How the last log ended.</summary>
    public LogHealth Health { get; private set; }

    /// <summary>
    /// Whether the log has found room by itself since its last append began: the rest of a file, an older snapshot or a file that
    /// was compacted has made it.
    /// </summary>
    public bool RoomReturned => _captured.Count(EventIds.LogHasRoom) > _hadRoom;

    /// <summary>With one way of reading files are compacted as well, with the other the log is encrypted.</summary>
    public static StorageOptions Options(TestFolder folder, ReadMethod reads)
    {
        var options = folder.Options(pageBytes: 8192, pagesInFile: 2);
        options.ReserveBytes = 4 * options.PageBytes;
        options.SegmentAge = TimeSpan.FromSeconds(4);
        options.SnapshotLogBytes = 10_000;
        options.Reads = reads;
        options.CompactAfter = reads == ReadMethod.Pread ? TimeSpan.Zero : null;
        if (reads == ReadMethod.Map)
        {
            options.KeyFile = Path.Combine(folder.Path, "test.keys");
            File.WriteAllText(options.KeyFile, TestKeys.Line(1));
        }
        return options;
    }

    /// <summary>What a killed process leaves on a disk where it has appended some records.</summary>
    public static async Task<(FaultStory Story, VolatileDisk Disk)> KilledAsync(TestFolder folder, ReadMethod reads)
    {
        var disk = new VolatileDisk();
        VolatileDisk? left = null;
        var promised = 0L;
        var story = new FaultStory(folder, Options(folder, reads));
        story._beforeClose = log =>
        {
            promised = log.DurableAddress;
            left = disk.Kill();
        };
        Assert.That(await story.RunAsync(disk, records: 30), Is.True);
        story.Promised = promised;
        return (story, left!);
    }

    /// <summary>Goes on from here with the same records, elsewhere.</summary>
    public FaultStory Fork(TestFolder other, StorageOptions otherOptions)
    {
        var fork = new FaultStory(other, otherOptions) { Promised = Promised };
        fork.Appended.AddRange(Appended);
        return fork;
    }

    /// <summary>Opens the log, and looks whether all that was promised is there; false where it is refused.</summary>
    public async Task<bool> RunAsync(Wire.Storage.Files.IFileLayer files, int records, Func<OpenLog, Task>? whenRefused = null)
    {
        var log = folder.Create(options, _time, _captured, files);
        OpenLog open;
        try
        {
            open = await OpenLog.OpenAsync(log).WaitAsync(OpenLog.Hung);
        }
        catch (LogException)
        {
            return false;
        }
        try
        {
            Check(log);
            await AppendAsync(open, log, records, whenRefused);
        }
        finally
        {
            Health = log.Health;
            _beforeClose?.Invoke(log);
            await open.DisposeAsync().AsTask().WaitAsync(OpenLog.Hung);
            Promised = log.DurableAddress;
        }
        return true;
    }

    /// <summary>A second passes.</summary>
    public void Tick() => _time.Advance(TimeSpan.FromSeconds(1));

    void Check(FasterMessageLog log)
    {
        var end = log.DurableAddress;
        Assert.That(end, Is.GreaterThanOrEqualTo(Promised), "what was promised is not there");
        Assert.That(Appended.Where(a => a.Address < end && a.End > end), Is.Empty, "a record is there in part");
        Appended.RemoveAll(a => a.End > end);
        Promised = end;
        AssertReads(log);
        if (Appended.Count > 0)
            Assert.That(log.TryFind("s"u8, 0, out var newest) ? newest : -1, Is.EqualTo(Appended[^1].Address));
    }

    async Task AppendAsync(OpenLog open, FasterMessageLog log, int records, Func<OpenLog, Task>? whenRefused)
    {
        for (var i = 1; i <= records; i++)
        {
            var number = Appended.Count + 1;
            var previous = Appended.Count == 0 ? 0 : Appended[^1].Address;
            _hadRoom = _captured.Count(EventIds.LogHasRoom);
            var status = await open.AppendAsync(TestRecords.Run("s", number, number * 97 % 1300, previous), (a, e) => Appended.Add(new("s", number, a, e)));
            if (status != AppendStatus.Appended)
            {
                if (whenRefused is not null)
                    await whenRefused(open);
                if (log.Health == LogHealth.Failed)
                    await StaysFailedAsync(log);
                return;
            }
            if (i % 4 == 0)
                await open.TryDurableAsync(Appended[^1].End);
            if (i % 7 == 0)
                Tick();
            if (i % 11 == 0)
                log.Roll();
        }
    }

    // Also when the disk is well again: nothing is taken, and nothing more becomes durable; reads go on.
    async Task StaysFailedAsync(FasterMessageLog log)
    {
        var durable = log.DurableAddress;
        for (var i = 0; i < 5; i++)
        {
            Tick();
            log.Flush();
            Assert.That(log.Append(TestRecords.Run("s", 1), out _, out _), Is.EqualTo(AppendStatus.Unavailable));
            await Task.Yield();
        }
        Assert.That(log.Health, Is.EqualTo(LogHealth.Failed));
        Assert.That(log.DurableAddress, Is.EqualTo(durable));
        AssertReads(log);
    }

    void AssertReads(FasterMessageLog log)
    {
        var durable = log.DurableAddress;
        using var reader = log.OpenReader();
        var notThere = new List<RecoveryTests.Appended>();
        foreach (var record in Appended.Where(a => a.End <= durable))
        {
            var status = reader.Read(record.Address, out var bytes);
            if (status == LogReadStatus.Found)
                Assert.That(TestRecords.Read(bytes), Is.EqualTo((record.Session, record.Number, true)));
            else
                notThere.Add(record);
        }
        // An injected error of a read is one read's.
        Assert.That(notThere, Has.Count.LessThanOrEqualTo(MayMiss ? 1 : 0), $"{notThere.FirstOrDefault()}");
        MayMiss &= notThere.Count == 0;
    }

    /// <summary>Whether one read may fail.</summary>
    public bool MayMiss { get; set; }
}
