using System.Diagnostics;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Tests;

/// <summary>
/// One log on a <see cref="VolatileDisk"/> that crashes in each generation before one of the disk's operations, also of those
/// with which it is opened, and goes on with what that has left. All dice are the seed's; which thread comes first is not.
/// </summary>
internal sealed class PowerLossRun(int seed, VolatileDisk disk, OpeningSteps? steps = null)
{
    const long FirstAddress = PageFraming.FirstAddress;

    readonly Random _random = new(seed);
    // Moves by itself only: each second brings a slot, and now and then a new file.
    readonly ManualTime _time = new();
    readonly List<RecoveryTests.Appended> _appended = [];
    // What each record of this generation says was durable.
    readonly List<(RecoveryTests.Appended Record, long DurableUntil)> _claims = [];
    VolatileDisk _disk = disk;
    long _promised = FirstAddress;
    bool _hasLost;

    /// <summary>What should not have been.</summary>
    public List<string> Violations { get; } = [];

    public PowerLossCounts Counts { get; } = new();

    /// <summary>
    /// The disk loses a sector that it had synced, below a place that a later record calls durable, and with it the slots and the
    /// snapshots of the index. The only right answer is to refuse the log, with which the run ends.
    /// </summary>
    public bool LosesASyncedSector { get; init; }

    /// <summary>Files are compacted as soon as they are closed.</summary>
    public bool Compacts { get; init; }

    /// <summary>How many files were.</summary>
    public int Compacted { get; private set; }

    /// <summary>The log is encrypted.</summary>
    public string? KeyFile { get; init; }

    public async Task<PowerLossRun> RunAsync(int generations)
    {
        using var folder = new TestFolder();
        var options = folder.Options(pageBytes: 8192 << _random.Next(2), pagesInFile: _random.Next(1, 5));
        options.SegmentAge = TimeSpan.FromSeconds(3);
        options.CompactAfter = Compacts ? TimeSpan.Zero : null;
        options.KeyFile = KeyFile;
        options.Reads = (ReadMethod)_random.Next(2);
        // Below a snapshot of the index a start reads nothing.
        options.SnapshotLogBytes = LosesASyncedSector ? long.MaxValue : _random.Next(2) == 0 ? 1 : 1 << 14;
        for (var generation = 0; generation < generations && Violations.Count == 0 && Counts.Refusals == 0; generation++)
            await GenerationAsync(folder, options, generation);
        return this;
    }

    async Task GenerationAsync(TestFolder folder, StorageOptions options, int generation)
    {
        _claims.Clear();
        var captured = new CapturedLog();
        var log = folder.Create(options, _time, captured, _disk, steps: steps);
        var crash = new PlannedCrash(log, _disk, _random, atLeast: generation == 0 ? 20 : 1);
        var refusedBefore = _disk.RefusedForRoom;
        var hasOpened = false;
        try
        {
            await using var open = await OpenLog.OpenAsync(log);
            hasOpened = true;
            Check(log);
            // What the opening found is durable once it has returned, and so not in an image that was taken before.
            if (crash.Image is null)
                _promised = log.DurableAddress;
            await AppendAsync(open, log, crash, captured);
        }
        catch (LogException e) when (_hasLost && e.Message.Contains("was written when this place was on stable storage"))
        {
            Counts.Refusals++;
        }
        catch (Exception e) when (!hasOpened && _disk.RefusedForRoom > refusedBefore && e is LogException)
        {
            // Not even what the start itself writes had room.
            Counts.OpeningsWithoutRoom++;
            GiveRoom();
        }
        catch (Exception e)
        {
            Violations.Add($"seed {seed}, generation {generation}: {e.Message} {captured.Events.FirstOrDefault(c => c.Id == EventIds.LogFailed).Text}");
        }
        Compacted += captured.Events.Count(e => e.Id == EventIds.SegmentCompacted);
        if (Violations.Count > 0 || Counts.Refusals > 0)
        {
            crash.End();
            return;
        }
        Counts.Add(crash, hasOpened, _disk.RefusedForRoom > refusedBefore);
        _promised = Math.Max(_promised, crash.Image is null ? log.DurableAddress : crash.Promised);
        _disk = crash.End();
        if (LosesASyncedSector)
            LoseASector();
    }

    void LoseASector()
    {
        var claim = _claims.LastOrDefault(c => c.Record.End <= _promised && c.DurableUntil > 2 * VolatileFile.Sector);
        var victims = _appended.Where(r => r.Address / VolatileFile.Sector < (claim.Record.Address - FirstAddress) / VolatileFile.Sector && r.End <= claim.DurableUntil).ToList();
        if (victims.Count == 0)
            return;
        var victim = victims[_random.Next(victims.Count)].Address + PageFraming.LengthBytes;
        var (path, start) = _disk.Segments().Last(s => s.Start <= victim);
        _disk.Lose(path, SegmentHeader.Size + victim - start);
        foreach (var hint in _disk.Hints())
            _disk.Delete(hint);
        _hasLost = true;
    }

    async Task AppendAsync(OpenLog open, FasterMessageLog log, PlannedCrash crash, CapturedLog captured)
    {
        for (var i = 0; crash.Image is null && i < 5000; i++)
        {
            var number = _appended.Count + 1;
            var size = _random.Next(10) == 0 ? _random.Next(3000) : _random.Next(300);
            var previous = _appended.Count == 0 ? 0 : _appended[^1].Address;
            var record = TestRecords.Run("s", number, size, previous);
            var hadRoom = captured.Count(EventIds.LogHasRoom);
            var status = await open.AppendAsync(record, (a, e) =>
            {
                _appended.Add(new("s", number, a, e));
                _claims.Add((_appended[^1], new RecordHeader(record).DurableUntil));
            });
            if (status != AppendStatus.Appended)
            {
                var health = log.Health;
                // By itself too room returns: the rest of a file, an older snapshot, a file that was compacted.
                if (health != LogHealth.Full && captured.Count(EventIds.LogHasRoom) == hadRoom)
                    throw new InvalidOperationException($"The log is {health} and took nothing.");
                // Room returns, and the log takes appends again by itself, at the latest when nothing else takes of that room any
                // more: a file that is being compacted needs as much again until it is done, and then the next second brings it.
                GiveRoom();
                _time.Advance(TimeSpan.FromSeconds(1));
                // On a busy machine the clock of the test may have run away from the disk: then it is slow, and takes appends.
                for (var since = Stopwatch.GetTimestamp(); log.Health == LogHealth.Full;)
                {
                    if (Stopwatch.GetElapsedTime(since) > OpenLog.Hung)
                        throw new InvalidOperationException($"The log is full for {OpenLog.Hung}, although there is room.");
                    if (!await open.ProgressComesAsync(within: TimeSpan.FromMilliseconds(100)))
                        _time.Advance(TimeSpan.FromSeconds(1));
                }
                continue;
            }
            switch (_random.Next(12))
            {
                case 0:
                    if (!await open.TryDurableAsync(_appended[^1].End))
                        throw new InvalidOperationException("The log has failed.");
                    break;
                case 1 or 2 or 3:
                    log.Flush();
                    break;
                case 4 when _random.Next(4) == 0:
                    log.Roll();
                    break;
                case 5 when Compacts || _random.Next(3) == 0:
                    _time.Advance(TimeSpan.FromSeconds(1));
                    break;
            }
        }
    }

    void GiveRoom() => _disk.MakeRoom(_random.Next(100_000, 300_000));

    // Everything that was promised is there, and what is there is the beginning of what was appended.
    void Check(FasterMessageLog log)
    {
        var end = log.DurableAddress;
        Counts.Records += _appended.Count;
        if (end < _promised)
            Violations.Add($"seed {seed}: until {_promised:x} was promised, until {end:x} is there");
        using var reader = log.OpenReader();
        foreach (var record in _appended)
        {
            if (record.Address >= end)
                break;
            if (record.End > end)
                Violations.Add($"seed {seed}: {record} is there in part, until {end:x}");
            else if (reader.Read(record.Address, out var bytes) != LogReadStatus.Found)
                Violations.Add($"seed {seed}: {record} is not there, until {end:x}");
            else if (TestRecords.Read(bytes) != (record.Session, record.Number, true))
                Violations.Add($"seed {seed}: {record} is {TestRecords.Read(bytes)}");
        }
        _appended.RemoveAll(a => a.End > end);
        if (_appended.Count > 0 && (!log.TryFind("s"u8, 0, out var newest) || newest != _appended[^1].Address))
            Violations.Add($"seed {seed}: the newest record of the session is not {_appended[^1]}");
    }
}
