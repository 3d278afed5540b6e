using System.Buffers;
using Microsoft.Extensions.Logging;
using Wire.Log;
using Wire.Storage.Compaction;
using Wire.Storage.Device;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage;

// What happens on the log's own threads and timers.
public sealed partial class FasterMessageLog
{
    // How often the slot is written, the age of the file looked at, and a full disk tried again.
    static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    const long CachedBehindTail = 64 << 20, CacheDropStep = 8 << 20;

    readonly FlushWatch _watch = new();
    long _cacheDroppedUntil;
    LogThread _keeper = null!;
    LogThread _indexer = null!;
    LogThread? _compaction;
    SegmentCompactor? _compactor;
    readonly CancellationTokenSource _compactionEnd = new();
    long _indexStep;
    long _unansweredFrom;
    SegmentDevice _device = null!;
    CommitSlots _slots = null!;
    ITimer? _watchTimer;
    ITimer? _tickTimer;
    bool _watchIsArmed;
    bool _wasStarved;
    // The file that the log ended in at the start, until that page's space is known to be allocated.
    SegmentFile? _bareTail;
    int _outOfHandlesIsKnown;
    // On a full disk, from a tick until there is nothing to do or no room for it.
    volatile bool _triesAgain;
    volatile TaskCompletionSource? _roundWaiter;

    internal SegmentDevice Device => _device;

    /// <summary>For tests that compact on a thread of their own.</summary>
    internal SegmentCompactor? Compactor => _compactor;

    // On the device's thread, after FASTER was called back for all that was written and synced.
    void OnRoundDone()
    {
        if (_failure is not null)
            return;
        var flushed = _faster.FlushedUntilAddress;
        if (flushed > _flushed)
        {
            // The records first: whoever sees that no flush is open finds them durable.
            Volatile.Write(ref _durable, _recordEnds.LastUntil(flushed));
            Volatile.Write(ref _flushed, flushed);
            _onProgress();
            if (_durable - _follower!.IndexedAddress >= _indexStep)
                _indexer.Wake();
        }
        // Between what was written above and the look for who waits for it: a waiter does it the other way round.
        Interlocked.MemoryBarrier();
        _roundWaiter?.TrySetResult();
        _durableWaiter?.TrySetResult();
    }

    // On the device's thread, before the first write to a new file.
    void Establish(SegmentFile segment)
    {
        while (!segment.TryEstablish(SegmentsPath, _identity.Id, _pageBytes, _options.NodeId))
        {
            // What was appended stays in memory; nothing more is taken.
            if (!_hasNoRoomForName)
            {
                _hasNoRoomForName = true;
                StorageLog.Full(_logger, $"There is no room in {SegmentsPath} for the name of a file.");
                _onProgress();
            }
            if (!_device.WaitForRetry())
                throw new DiskFullException($"There was no room in {SegmentsPath} for the name of a file until the log was closed.");
        }
        if (_hasNoRoomForName)
        {
            StorageLog.HasRoom(_logger);
            _hasNoRoomForName = false;
            _onProgress();
        }
        StorageLog.Rolled(_logger, segment.StartAddress);
    }

    // On a reader's thread. The read says so by itself, each time; who runs the server is told once a file.
    internal void OnReadFailed(SegmentFile segment, long address, Exception? error)
    {
        // The disk is none the worse for it, and the next reader may find some closed again.
        if (NativeFile.IsOutOfHandles(error))
        {
            if (Interlocked.Exchange(ref _outOfHandlesIsKnown, 1) == 0)
                StorageLog.OutOfHandles(_logger, segment.Path);
            return;
        }
        _hasDamage = true;
        if (segment.IsFirstReadError())
            StorageLog.ReadFailed(_logger, segment.Path, segment.OffsetOf(address), address, error);
    }

    void Fail(Exception error)
    {
        if (Interlocked.CompareExchange(ref _failure, error, null) is not null)
            return;
        StorageLog.Failed(_logger, error);
        _roundWaiter?.TrySetResult();
        _durableWaiter?.TrySetResult();
        _onProgress();
    }

    void OnTick()
    {
        _device.Retry();
        _keeper.Tick();
        _indexer.Tick();
        _compaction?.Tick();
        _retirer?.Wake();
    }

    // On the keeper's thread.
    bool Work(bool tick)
    {
        if (_failure is not null)
            return false;
        LetGoOfRetired();
        if (tick)
        {
            _triesAgain = true;
            RollIfOld();
            TryWriteSlot(orderlyClose: false);
        }
        else if (_reserve.IsStarved && !_triesAgain)
        {
            return false;
        }

        DropCache(_reserve.IsFast(_faster.TailAddress));
        var more = false;
        try
        {
            more = Prepare();
            _triesAgain &= more;
        }
        catch (DiskFullException e)
        {
            _triesAgain = false;
            _reserve.IsStarved = true;
            if (!_wasStarved)
                StorageLog.Full(_logger, e.Message);
        }
        if (_wasStarved && !_reserve.IsStarved)
        {
            StorageLog.HasRoom(_logger);
            lock (_gate)
            {
                _isFull = false;
            }
            _onProgress();
        }
        _wasStarved = _reserve.IsStarved;

        // Whoever was told to wait looks again, and is refused where there is no hope now.
        if (Interlocked.Exchange(ref _wantsRoom, 0) != 0)
            _onProgress();
        return more;
    }

    // On the index's thread.
    bool Index()
    {
        var took = _follower!.Take(DurableAddress);
        if (BeginAddress != _unansweredFrom)
            _index.RemoveUnansweredBelow(_unansweredFrom = BeginAddress);
        if (_failure is null)
            _follower.WriteSnapshot(closing: false);
        // Sessions may leave memory now, and appends that found the queue full may go on.
        if (took)
            _onProgress();
        return false;
    }

    bool Prepare()
    {
        if (_bareTail is not { } live)
            return _reserve.Step();
        AllocateTail(live, _recordEnds.Newest);
        _bareTail = null;
        return true;
    }

    // A log that grows fast would fill the machine's memory with itself, and each page that is new to the process costs more
    // than its copy (docs/performance.md). What is well behind the tail is given up then; a reader that wants it reads the disk.
    void DropCache(bool isFast)
    {
        var until = isFast ? DurableAddress - CachedBehindTail : DurableAddress;
        _cacheDroppedUntil = Math.Max(_cacheDroppedUntil, BeginAddress);
        while (isFast && _cacheDroppedUntil < until - CacheDropStep && _catalog.Find(_cacheDroppedUntil) is { } segment)
        {
            var end = Math.Min(until, segment.Limit);
            segment.File.DropCache(segment.OffsetOf(_cacheDroppedUntil), end - _cacheDroppedUntil);
            _cacheDroppedUntil = end;
        }
        if (!isFast)
            _cacheDroppedUntil = until;
    }

    void RollIfOld()
    {
        lock (_gate)
        {
            if (_live?.InUseSince is { } since && TimeSpan.FromTicks((NowInNanoseconds() - since) / TimeSpan.NanosecondsPerTick) >= _options.SegmentAge)
                RollUnsynchronized();
        }
    }

    /// <summary>Ends the live file at the next page, which the filler brings about. False where it cannot be done at this moment.</summary>
    internal bool Roll()
    {
        lock (_gate)
        {
            return RollUnsynchronized();
        }
    }

    bool RollUnsynchronized()
    {
        if (!_isOpen)
            return false;
        if (!_reserve.HasSpare)
        {
            Volatile.Write(ref _wantsRoom, 1);
            _keeper.Wake();
            return false;
        }

        var left = (int)(-_faster.TailAddress & (_pageBytes - 1));
        var isPageHead = left == 0 || _faster.TailAddress == PageFraming.FirstAddress;
        if (!isPageHead && left >= PageFraming.LengthBytes + RecordHeader.Size && !TryAppendBare(RecordKind.Filler, left - PageFraming.LengthBytes))
            return false;
        _rollRequested = true;
        if (!TryAppendBare(RecordKind.RollMark, RecordHeader.Size))
            return false;
        FlushUnsynchronized();
        return true;
    }

    bool TryAppendBare(RecordKind kind, int length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var record = buffer.AsSpan(0, length);
            RunWriter.WriteBare(record, kind, NowInNanoseconds());
            return AppendUnsynchronized(record, out _, out _) == AppendStatus.Appended;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // False where the disk had no room for it.
    bool TryWriteSlot(bool orderlyClose, bool always = false)
    {
        var durable = DurableAddress;
        if (!orderlyClose && !always && _slots.Newest is { } newest && newest.UntilAddress == durable && newest.Epoch == _epoch && newest.BeginAddress == BeginAddress)
            return true;
        try
        {
            _slots.Write(new CommitSlot(BeginAddress, durable, _epoch, orderlyClose));
            return true;
        }
        catch (DiskFullException)
        {
            // Only a hint; its blocks were written when the log was opened, so that this is not to be expected.
            return false;
        }
    }

    // Armed while a flush is open, so that an idle log has no timer that runs.
    void ArmWatchUnsynchronized()
    {
        if (_watchIsArmed)
            return;
        _watchIsArmed = true;
        _watchTimer?.Change(FlushWatch.PokeAfter, Timeout.InfiniteTimeSpan);
    }

    void OnWatch(object? state)
    {
        var verdict = FlushWatch.Verdict.Nothing;
        lock (_gate)
        {
            _watchIsArmed = false;
            if (_failure is not null || !_isOpen && !FlushIsOpen)
                return;
            var busy = _device.IsBusy;
            verdict = _watch.Look(_time.GetElapsedTime(0), FlushIsOpen, busy, Volatile.Read(ref _flushed));
            if (verdict is FlushWatch.Verdict.Poke or FlushWatch.Verdict.PokeAndReport)
                _flushStarter.Poke();
            if (busy || FlushIsOpen)
                ArmWatchUnsynchronized();
        }

        if (verdict == FlushWatch.Verdict.PokeAndReport)
            StorageLog.FlushStranded(_logger, (long)FlushWatch.ReportAfter.TotalMilliseconds);
        if (verdict == FlushWatch.Verdict.Latch)
            Fail(new LogException($"A flush did not come to the device within {FlushWatch.LatchAfter}."));
        if (_isSlow != (verdict == FlushWatch.Verdict.Slow))
        {
            _isSlow = !_isSlow;
            if (_isSlow)
                StorageLog.DeviceSlow(_logger, (long)FlushWatch.SlowAfter.TotalSeconds);
            else
                StorageLog.DeviceFast(_logger);
            _onProgress();
        }
    }
}
