using FASTER.core;
using Microsoft.Extensions.Logging;
using Wire.Log;
using Wire.Storage.Device;
using Wire.Storage.Encryption;
using Wire.Storage.Files;
using Wire.Storage.Indexing;
using Wire.Storage.Reading;
using Wire.Storage.Recovery;
using Wire.Storage.Retention;
using Wire.Storage.Segments;

namespace Wire.Storage;

/// <summary>
/// The durable log: FASTER lays records into pages and flushes them in order, everything else is done here. An append goes into
/// memory, under one lock, into space that is allocated on disk already. A flush hands all that was appended to the device's
/// thread, which writes and syncs it and then moves <see cref="DurableAddress"/>. Any error of a write or a sync is final:
/// nothing is durable, and nothing taken, after it; reads go on.
/// <para>All members may be called from any thread.</para>
/// </summary>
public sealed partial class FasterMessageLog : IMessageLog
{
    readonly StorageOptions _options;
    readonly TimeProvider _time;
    readonly ILogger<FasterMessageLog> _logger;
    readonly IFileLayer _files;
    readonly long _firstAddress;

    // Held by whoever is in FASTER's epoch, of which there is never more than one, and never over I/O.
    readonly Lock _gate = new();
    readonly SegmentCatalog _catalog = new();

    // Set by the opening, before anything else may be called.
    Action _onProgress = () => { };
    LogIndex _index = new(0, null);
    IndexQueue _indexQueue = null!;
    IndexFollower? _follower;
    long[] _unanswered = [];
    FasterLog _faster = null!;
    FlushStarter _flushStarter = null!;
    SegmentReserve _reserve = null!;
    FolderKeys _keys = null!;
    int _pageBytes;
    long _addressLimit;
    uint _epoch;

    // Guarded by the gate.
    ulong _logSequence;
    RecordSealer? _sealer;
    RecordEnds _recordEnds = null!;
    SegmentFile? _live;
    long _assignedUntil;
    bool _rollRequested;
    bool _isOpen;

    long _begin;
    long _durable;
    long _flushed;
    long _flushTarget;
    int _wantsRoom;
    volatile bool _isFull;
    volatile bool _hasNoRoomForName;
    volatile bool _hasDamage;
    volatile bool _isSlow;
    volatile Exception? _failure;

    /// <summary>A log that has not been opened.</summary>
    /// <param name="options">Copied nowhere; not to be changed any more.</param>
    /// <param name="time">What the ages of files and the deadlines of flushes are measured with.</param>
    /// <param name="logger">Events 2000 to 2099.</param>
    public FasterMessageLog(StorageOptions options, TimeProvider time, ILogger<FasterMessageLog> logger)
        : this(options, time, logger, SystemFileLayer.Instance, firstAddress: 0)
    {
    }

    /// <param name="options">The settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log of the log.</param>
    /// <param name="files">The file system.</param>
    /// <param name="firstAddress">Where a new log begins, a page's address, so that tests reach the far end of the address space.</param>
    internal FasterMessageLog(StorageOptions options, TimeProvider time, ILogger<FasterMessageLog> logger, IFileLayer files, long firstAddress)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _files = options.Reads == ReadMethod.Pread ? new UnmappedFileLayer(files) : files;
        _firstAddress = firstAddress;
        _pageBytes = options.PageBytes;
        _retention = new RetentionRule(options);
    }

    /// <inheritdoc/>
    public bool CanPromiseDisk => true;

    /// <inheritdoc/>
    public int MaxRecordBytes => _pageBytes - PageFraming.LengthBytes - (_options.Encrypts ? EncryptedRecord.Overhead : 0);

    /// <inheritdoc/>
    public long LastMessageId { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyCollection<long> TakeUnanswered() => Interlocked.Exchange(ref _unanswered, []);

    /// <inheritdoc/>
    public long DurableAddress => Volatile.Read(ref _durable);

    /// <inheritdoc/>
    public long BeginAddress => Volatile.Read(ref _begin);

    /// <inheritdoc/>
    public LogHealth Health =>
        _failure is not null ? LogHealth.Failed
        : _isFull || _hasNoRoomForName ? LogHealth.Full
        : _isSlow ? LogHealth.Slow
        : LogHealth.Healthy;

    /// <inheritdoc/>
    public bool HasDamage => _hasDamage;

    /// <summary>Sessions in the index.</summary>
    internal long IndexedSessions => _index.Sessions.Count;

    /// <summary>FASTER's own log, for tests that compare.</summary>
    internal FasterLog Faster => _faster;

    internal SegmentCatalog Catalog => _catalog;

    internal bool FlushesDirectly => _flushStarter.IsDirect;

    /// <inheritdoc/>
    public ILogReader OpenReader() => new SegmentLogReader(this, _catalog, _keys, _pageBytes);

    /// <inheritdoc/>
    public bool TryFind(ReadOnlySpan<byte> sessionId, int attempt, out long address) => _index.Sessions.TryFind(sessionId, attempt, out address);

    /// <inheritdoc/>
    public long IndexedAddress => _follower?.IndexedAddress ?? 0;

    /// <inheritdoc/>
    public AppendStatus Append(Span<byte> record, out long address, out long end)
    {
        if (record.Length < RecordHeader.Size || record.Length > MaxRecordBytes)
            throw new ArgumentException($"A record has {RecordHeader.Size} to {MaxRecordBytes} bytes; this one has {record.Length}.", nameof(record));

        AppendStatus status;
        var wasFull = _isFull;
        lock (_gate)
        {
            status = AppendUnsynchronized(record, out address, out end);
            if (status == AppendStatus.Appended)
                _live!.InUseSince ??= NowInNanoseconds();
        }
        if (_isFull && !wasFull)
            _onProgress();
        return status;
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (FlushIsOpen)
            return;
        lock (_gate)
        {
            FlushUnsynchronized();
        }
    }

    // In FASTER's addresses: those of records do not include what is unused at the end of a page.
    internal bool FlushIsOpen => Volatile.Read(ref _flushTarget) > Volatile.Read(ref _flushed);

    AppendStatus AppendUnsynchronized(Span<byte> record, out long address, out long end)
    {
        address = end = 0;
        if (!_isOpen || _failure is not null || _hasNoRoomForName)
            return AppendStatus.Unavailable;
        if (_indexQueue.IsFull)
            return AppendStatus.Busy;

        // With retention nothing goes into the rest of a page either that a checkpoint has opened: the next one may need it.
        if (_isFull && _retention.IsOn && new RecordHeader(record).Kind == RecordKind.Run)
            return AppendStatus.Unavailable;

        // Where FASTER will put it: its rule is simple, and the file must be known before.
        var sealer = EncryptedRecord.HoldsMessages(new RecordHeader(record).Kind) ? _sealer : null;
        var need = PageFraming.EntryBytes(sealer is null ? record.Length : record.Length + EncryptedRecord.Overhead);
        var tail = _faster.TailAddress;
        var pageMask = (long)_pageBytes - 1;
        var place = (tail & pageMask) + need > _pageBytes ? (tail | pageMask) + 1 : tail;
        if (place >= _assignedUntil)
        {
            var assigned = AssignPageUnsynchronized(place, new RecordHeader(record).Kind);
            if (assigned != AppendStatus.Appended)
                return assigned;
        }

        _recordEnds.LeavePagesBefore(place);
        try
        {
            ReadOnlySpan<byte> stored = record;
            if (sealer is null)
                RecordHeader.Seal(record, keyId: 0, _epoch, _logSequence + 1, DurableAddress);
            else
                stored = sealer.Seal(record, _logSequence + 1, DurableAddress);

            // No room in memory: FASTER has started to flush the full pages, and the device reports when it has.
            if (!_faster.TryEnqueue(stored, out address))
                return AppendStatus.Busy;
            if (address != place)
                throw new InvalidOperationException($"FASTER put a record at address {address:x16} that belongs at {place:x16}.");
        }
        catch (Exception e)
        {
            Fail(e);
            return AppendStatus.Unavailable;
        }
        _logSequence++;
        end = address + need;
        _recordEnds.Newest = end;
        // What was sealed for encryption has its number in a copy alone.
        _indexQueue.Add(IndexedRecord.From(record, address, end, _index.Sessions, _index.Handler) with { LogSequence = _logSequence });
        return AppendStatus.Appended;
    }

    // The first record of a page: decides which file the page belongs to, and whether there is space for it.
    AppendStatus AssignPageUnsynchronized(long place, RecordKind kind)
    {
        if (place >= _addressLimit)
        {
            Fail(new LogException($"The log has used up its addresses at {place:x16}."));
            return AppendStatus.Unavailable;
        }

        // The second look is for what the keeper prepares before it can see that someone waits for it.
        var looks = 0;
        while (place >= _assignedUntil)
        {
            // Page by page: a first record that is larger than what the first page has beyond its unused head leaves it empty.
            if (LeavesReserveUnsynchronized(_assignedUntil, kind) && TryAssignUnsynchronized(_assignedUntil))
            {
                _assignedUntil += _pageBytes;
                continue;
            }
            if (_reserve.IsStarved)
            {
                _isFull = true;
                return AppendStatus.Unavailable;
            }
            if (looks++ == 1)
            {
                _keeper.Wake();
                return AppendStatus.Busy;
            }
            // With its fence: whoever finds no room after the second look has been told by then, or is seen to wait.
            Interlocked.Exchange(ref _wantsRoom, 1);
        }
        _keeper.Wake();
        return AppendStatus.Appended;
    }

    // What retention needs for checkpoints, so that it can make room on a full disk, nothing else may use.
    bool LeavesReserveUnsynchronized(long page, RecordKind kind)
    {
        if (kind != RecordKind.Run || _reserve.ForCheckpoints == 0)
            return true;
        var ahead = _reserve.SpareSpace;
        if (_live is { } live && !_rollRequested)
            ahead += Math.Max(0, live.StartAddress + live.Space - page);
        return ahead >= _pageBytes + _reserve.ForCheckpoints;
    }

    bool TryAssignUnsynchronized(long page)
    {
        var live = _live;
        if (live is not null && !_rollRequested && page + _pageBytes <= live.StartAddress + live.Capacity)
        {
            if (page + _pageBytes <= live.StartAddress + live.Allocated)
                return true;
            if (!_reserve.LiveIsStuck)
                return false;
        }

        var next = _reserve.TakeSpare();
        if (next is null)
            return false;
        _rollRequested = false;
        next.Begin(page, NowInNanoseconds());
        live?.Seal(page);
        _catalog.Add(next);
        _live = next;
        _reserve.SetLive(next);
        if (live is not null)
            _reserve.GiveBack(live);
        return true;
    }

    void FlushUnsynchronized()
    {
        if (_failure is not null || _faster is null || FlushIsOpen)
            return;
        var tail = _faster.TailAddress;
        if (tail <= Volatile.Read(ref _flushed))
            return;
        Volatile.Write(ref _flushTarget, tail);
        try
        {
            _flushStarter.Start(tail);
        }
        catch (Exception e)
        {
            Fail(e);
            return;
        }
        ArmWatchUnsynchronized();
    }

    long NowInNanoseconds() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
