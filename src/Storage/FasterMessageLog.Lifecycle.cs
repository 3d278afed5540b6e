using System.Diagnostics;
using System.Text;
using FASTER.core;
using Microsoft.Extensions.Logging;
using Wire.Log;
using Wire.Storage.Compaction;
using Wire.Storage.Device;
using Wire.Storage.Encryption;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Indexing;
using Wire.Storage.Recovery;
using Wire.Storage.Retention;
using Wire.Storage.Segments;

namespace Wire.Storage;

// Opening and closing.
public sealed partial class FasterMessageLog
{
    // How long a close waits for the device before it gives up what nobody was promised.
    static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(10);

    // Below it that the disk fills is a warning.
    static readonly TimeSpan ShortOfDisk = TimeSpan.FromDays(7);

    // The index's thread is woken when so much of what page buffers hold is new to it.
    const int IndexStepsInMemory = 16;

    // Blocks of cold files for all readers: some hundred.
    const long ColdCacheBytes = 32 << 20;

    FolderLock? _lock;
    FolderIdentity _identity = null!;

    /// <summary>The steps of the opening that tests replace.</summary>
    internal OpeningSteps Steps { get; init; } = OpeningSteps.Proper;

    string SnapshotsPath => Path.Combine(Path.GetFullPath(_options.Path), SnapshotFile.FolderName);

    string SegmentsPath => Path.Combine(Path.GetFullPath(_options.Path), SegmentFolder.Name);

    /// <inheritdoc/>
    public async ValueTask OpenAsync(Action onProgress, CancellationToken cancellationToken)
    {
        var faults = _options.Validate();
        if (faults.Count > 0)
            throw new LogException("The log cannot be opened with these settings: " + string.Join(' ', faults));
        _onProgress = onProgress;
        // Minutes of reading, perhaps: not on the caller's thread.
        await Task.Factory.StartNew(() => Open(cancellationToken), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        bool wasOpen;
        lock (_gate)
        {
            wasOpen = _isOpen;
            _isOpen = false;
        }
        if (wasOpen)
            await CloseAsync().ConfigureAwait(false);
    }

    void Open(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var folder = Path.GetFullPath(_options.Path);
        try
        {
            var ring = LoadKeys();
            CreateFolders(folder);
            _lock = FolderLock.Take(folder, _time.GetUtcNow());
            _identity = OpenIdentity(folder);
            _pageBytes = _identity.PageBytes;
            _slots = CommitSlots.Open(_files, folder, _identity.Id);
            _keys = new FolderKeys(ring, _identity.Id);
            var keyUses = KeyUses.Read(_files, folder, _identity.Id);
            keyUses.Check(_keys, folder);

            var storedEpoch = EpochFile.Read(_files, folder);
            var handler = _options.HandlerClientId is { } id ? Encoding.UTF8.GetBytes(id) : null;
            var coldFiles = new ColdFileLayer(_files, _keys, new ColdCache(ColdCacheBytes));
            var recovery = new LogRecovery(_files, coldFiles, SegmentsPath, SnapshotsPath, _identity, _keys, _slots.Newest, storedEpoch, handler,
                (path, reason) => StorageLog.SnapshotRejected(_logger, path, reason))
            { Steps = Steps };
            var log = recovery.Run(_firstAddress, cancellationToken);
            if (log.BytesCut > 0)
                StorageLog.Cut(_logger, log.BytesCut, log.EndAddress);
            _epoch = EpochFile.Raise(_files, folder, storedEpoch, Math.Max(log.Index.LastEpoch, _slots.Newest?.Epoch ?? 0));
            if (storedEpoch is null && log.Index.LastEpoch > 0)
                StorageLog.EpochLost(_logger, Path.Combine(folder, EpochFile.FileName), _epoch);

            keyUses.Begin(_files, folder, _identity.Id, _keys, _options.Encrypts ? ring.NewestId : 0, log.BeginAddress, log.EndAddress);
            _sealer = _options.Encrypts ? new RecordSealer(_keys, _epoch) : null;

            SegmentCompactor.RemoveLeftOvers(_files, SegmentsPath);
            _compactor = OpenCompactor(coldFiles, ring);
            Start(log);
            StorageLog.Opened(_logger, folder, log.Segments.Count, log.BeginAddress, log.EndAddress, log.ScannedFrom, log.Index.Sessions.Count, _epoch,
                (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            SayHowLongTheDiskLasts();
        }
        catch (Exception e)
        {
            ReleaseAll();
            if (e is IOException or UnauthorizedAccessException)
                throw new LogException($"The log in {folder} cannot be opened: {e.Message}", e);
            throw;
        }
    }

    KeyRing LoadKeys()
    {
        if (_options.KeyFile is not { } path)
            return KeyRing.None;
        var ring = KeyRing.Load(path);
        if (ring.IsOpenToOthers)
            StorageLog.KeyFileExposed(_logger, ring.Path!);
        if (_options.Encrypts)
            StorageLog.Encrypts(_logger, ring.NewestId, ring.Path!);
        else
            StorageLog.EncryptsNoMore(_logger, ring.Path!);
        return ring;
    }

    SegmentCompactor? OpenCompactor(ColdFileLayer coldFiles, KeyRing ring)
    {
        if (_options.CompactAfter is null)
            return null;
        var writer = new ColdFileWriter(_files, _keys, _identity.Id, _pageBytes, new CompactionPace(_time, _compactionEnd.Token));
        return new SegmentCompactor(_files, coldFiles, writer, _identity, _catalog, _gate, _options, NowInNanoseconds,
            () => DurableAddress, _logger)
        {
            KeyId = _options.Encrypts ? ring.NewestId : 0,
        };
    }

    void CreateFolders(string folder)
    {
        _files.CreateFolder(folder);
        _files.CreateFolder(SegmentsPath);
        _files.CreateFolder(SnapshotsPath);
        if (Path.GetDirectoryName(folder) is { } parent)
            _files.SyncFolder(parent);
        _files.SyncFolder(folder);
    }

    FolderIdentity OpenIdentity(string folder)
    {
        var identity = FolderIdentity.Read(_files, folder);
        if (identity is null)
        {
            if (_files.List(SegmentsPath).Any(p => p.EndsWith(SegmentFile.Suffix, StringComparison.Ordinal) || p.EndsWith(ColdHeader.Suffix, StringComparison.Ordinal)))
                throw new LogException($"{Path.Combine(folder, FolderIdentity.FileName)} is missing, although there are segments of a log. Restore it from a copy, or move the folder away to start with an empty log.");
            return FolderIdentity.Create(_files, folder, _options.PageBytes, _options.NodeId, NowInNanoseconds());
        }
        if (identity.PageBytes != _options.PageBytes)
            StorageLog.PageBytesDiffer(_logger, folder, identity.PageBytes, _options.PageBytes);
        var least = (long)_options.LeastPages * identity.PageBytes;
        if (_options.MaxFrameBytes + 4096L > identity.PageBytes || _options.SegmentBytes < least + 4096
            || _options.MemoryBytes < 4L * identity.PageBytes || _options.ReserveBytes < least)
            throw new LogException($"The folder {folder} has pages of {identity.PageBytes} bytes ({FolderIdentity.FileName}, offset 48), which does not fit the settings: "
                + "MaxFrameBytes + 4096 must fit a page, MemoryBytes must hold four, "
                + (least == identity.PageBytes ? "and ReserveBytes and SegmentBytes must hold one"
                    : $"and with retention ReserveBytes must hold {_options.LeastPages} ({least}), and SegmentBytes so many and 4096 ({least + 4096})") + ".");
        return identity;
    }

    void SayHowLongTheDiskLasts()
    {
        if (DiskOutlook.Of(_catalog.Segments, NowInNanoseconds(), _files.FreeBytes(SegmentsPath), _options) is { } outlook)
            StorageLog.DiskLasts(_logger, outlook.Lasts < ShortOfDisk ? LogLevel.Warning : LogLevel.Information, SegmentsPath,
                outlook.Lasts.TotalDays, outlook.BytesPerDay / 1e6, outlook.Measured.TotalDays);
    }

    void Start(RecoveredLog log)
    {
        foreach (var segment in log.Segments)
            segment.IsSettled = segment != log.Live;
        _catalog.Set(log.Segments);
        _index = log.Index;
        LastMessageId = _index.LastMessageId;
        _unanswered = [.. _index.Unanswered.Values.Select(run => run.Address)];
        _indexQueue = new IndexQueue(_gate);
        _follower = new IndexFollower(_index, _indexQueue, _files, SnapshotsPath, _identity.Id, _epoch, _options, _logger)
        {
            SnapshotAt = log.ScannedFrom > log.BeginAddress ? log.ScannedFrom : -1,
        };
        _indexStep = _options.MemoryBytes / IndexStepsInMemory;
        _begin = log.BeginAddress;
        _durable = _flushed = _flushTarget = log.EndAddress;
        _recordEnds = new RecordEnds(_pageBytes, _options.MemoryBytes / _pageBytes, log.EndAddress);
        _logSequence = _index.LastSequence;
        _live = log.Live;
        _addressLimit = (int.MaxValue - 1024L) * _pageBytes;
        _assignedUntil = (log.EndAddress + _pageBytes - 1) & -(long)_pageBytes;
        if (log.EndAddress == PageFraming.FirstAddress)
            _assignedUntil = 0;

        _device = new SegmentDevice(_catalog, Establish, OnRoundDone, Fail);
        _faster = OpenFaster(log);
        _flushStarter = new FlushStarter(_faster);
        _reserve = new SegmentReserve(_files, SegmentsPath, _options, _pageBytes, _time,
            () => _faster.TailAddress, () => _cacheDroppedUntil);
        _reserve.Adopt();
        _keeper = new LogThread("wire-log-keeper", Work, Fail);
        _compaction = _compactor is null ? null : new LogThread("wire-log-compaction", _ => _failure is null && _compactor.CompactNext(), e => StorageLog.CompactionEnded(_logger, e));
        _indexer = new LogThread("wire-log-index", _ => Index(), Fail);
        if (_live is { } live)
        {
            if (log.EndAddress > Math.Max(live.StartAddress, PageFraming.FirstAddress))
                live.InUseSince = live.BegunAt;
            _bareTail = live;
            // Nothing goes into the page that the log ends in before its space is allocated.
            _assignedUntil = Math.Min(_assignedUntil, log.EndAddress & -(long)_pageBytes);
        }

        // Both blocks of the slots take their space now, so that a full disk never stands in the way of one.
        _slots.Write(new CommitSlot(_begin, _durable, _epoch, OrderlyClose: false));
        _slots.Write(new CommitSlot(_begin, _durable, _epoch, OrderlyClose: false));

        // The first append should find space. Without any the log opens all the same, and reads.
        while ((!_reserve.HasSpare || _bareTail is not null) && !_reserve.IsStarved)
            Work(tick: false);

        _watchTimer = _time.CreateTimer(OnWatch, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _tickTimer = _time.CreateTimer(_ => OnTick(), null, TickInterval, TickInterval);
        _device.Start();
        _indexer.Start();
        _compaction?.Start();
        _keeper.Start();
        _keeper.Wake();
        lock (_gate)
        {
            _isOpen = true;
        }
    }

    FasterLog OpenFaster(RecoveredLog log)
    {
        var faster = new FasterLog(new FasterLogSettings
        {
            LogDevice = _device,
            LogCommitManager = new RecoveredAt(log.BeginAddress, log.EndAddress),
            PageSize = _pageBytes,
            MemorySize = _options.MemoryBytes,
            SegmentSize = 1L << 62, // never reached: our files are not FASTER's segments
            MutableFraction = 0,
            LogChecksum = LogChecksumType.None,
            TryRecoverLatest = false,
            TolerateDeviceFailure = false,
            FastCommitMode = false,
            AutoCommit = false,
        });
        try
        {
            if (log.EndAddress > PageFraming.FirstAddress)
                Steps.Restore(faster, log.BeginAddress, log.EndAddress);
        }
        catch (FasterException e) when (_device.ReadError is { } error)
        {
            faster.Dispose();
            throw new IOException(error.Message, e);
        }
        if (faster.TailAddress != log.EndAddress)
            throw new LogException($"FASTER opened the log at address {faster.TailAddress:x16}; the scan had found its end at {log.EndAddress:x16}.");
        return faster;
    }

    // The page that the log ends in stays in its file, so it must have its space before anything is appended to it.
    void AllocateTail(SegmentFile live, long end)
    {
        AllocateTailSpace(live, end);
        if (_options.Retains && live.Allocated < live.Capacity)
            live.TakeSpace(live.Allocated);
        _reserve.SetLive(live);
        lock (_gate)
        {
            _assignedUntil = (end + _pageBytes - 1) & -(long)_pageBytes;
        }
    }

    void AllocateTailSpace(SegmentFile live, long end)
    {
        var pageOffset = end - live.StartAddress;
        live.AllocatedFromExtents(Math.Min(pageOffset, live.Capacity - 1), _pageBytes);
        var needed = Math.Min((pageOffset + _pageBytes - 1) & -(long)_pageBytes, live.Capacity);
        if (live.Allocated >= needed)
            return;
        var zeros = new byte[needed - pageOffset];
        if (zeros.Length > 0 && !live.File.Allocate(live.OffsetOf(end), zeros.Length))
            live.File.WriteAll(zeros, live.OffsetOf(end));
        live.File.Sync();
        live.Allocated = needed;
    }

    async Task CloseAsync()
    {
        var end = _recordEnds.Newest;
        var deadline = _time.GetTimestamp();
        while (_failure is null && DurableAddress < end && _time.GetElapsedTime(deadline) < CloseTimeout)
        {
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _roundWaiter = waiter;
            Interlocked.MemoryBarrier(); // against OnRoundDone and Fail: either this sees what they did, or they see the waiter
            Flush();
            if (DurableAddress >= end || _failure is not null)
                break;
            try
            {
                await waiter.Task.WaitAsync(TimeSpan.FromMilliseconds(100), _time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Looked at again above, until the deadline.
            }
        }
        _roundWaiter = null;

        _tickTimer?.Dispose();
        _watchTimer?.Dispose();
        _compactionEnd.Cancel();
        await _retentionStops.CancelAsync().ConfigureAwait(false);
        var stopped = (_compaction?.Stop(CloseTimeout) ?? true) & (_retirer?.Stop(CloseTimeout) ?? true)
            & _keeper.Stop(CloseTimeout) & _device.Stop(CloseTimeout) & _indexer.Stop(CloseTimeout);
        if (stopped && _failure is null && DurableAddress >= end)
        {
            _follower!.Take(DurableAddress);
            _follower.WriteSnapshot(closing: true);
            CloseSlot(end);
        }
        else
        {
            StorageLog.ClosedEarly(_logger, DurableAddress, end);
        }
        // A thread that the disk still holds goes on using the files: they stay open, and the folder locked, with the process.
        if (stopped)
            ReleaseAll();
    }

    // Everything is on stable storage; that the slot says so only saves the next start a look behind the end.
    void CloseSlot(long end)
    {
        try
        {
            TryWriteSlot(orderlyClose: true);
            StorageLog.Closed(_logger, end);
        }
        catch (IOException e)
        {
            Fail(e);
        }
    }

    void ReleaseAll()
    {
        _faster?.Dispose();
        _reserve?.Close();
        _catalog.Release();
        _slots?.Dispose();
        _sealer?.Dispose();
        _keys?.Clear();
        _lock?.Dispose();
        _lock = null;
    }
}
