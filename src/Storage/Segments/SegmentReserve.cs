using System.Collections.Concurrent;
using Wire.Storage.Files;

namespace Wire.Storage.Segments;

/// <summary>
/// Keeps disk space allocated ahead of the log's end, in whole pages: first in the live file, then in the spare, which becomes
/// the next one. Space is written with zeros and synced before use, because a commit into such space is the fastest; when the
/// log grows fast, its commits are large and the zeros would cost as much as the data: space is then allocated without them.
/// <para>
/// All work is done by <see cref="Step"/>, on one thread. The spare is taken, and files are sealed, under the log's append lock.
/// </para>
/// </summary>
internal sealed class SegmentReserve(IFileLayer files, string folder, StorageOptions options, int pageBytes, TimeProvider time,
    Func<long> tail, Func<long> settled)
{
    const int ZerosBytes = 1 << 20;

    // Below it the sync is the bottleneck, above it the bytes are (docs/performance.md, Pre-written space).
    const double FastBytesPerSecond = 48e6;
    const string SparePrefix = "spare-", SpareSuffix = ".tmp";

    readonly byte[] _zeros = new byte[ZerosBytes];
    readonly ConcurrentQueue<SegmentFile> _sealed = new();
    readonly Queue<SegmentFile> _notSettled = new();

    // Smaller steps would mean a sync for each; with larger ones the first append waits longer.
    readonly long _step = Math.Max(pageBytes, ZerosBytes);

    // The header is part of what SegmentBytes limits.
    readonly long _capacity = (options.SegmentBytes - SegmentHeader.Size) & -pageBytes;
    SegmentFile? _live;
    SegmentFile? _spare;
    SegmentFile? _preparing;
    SegmentFile? _recycled;
    long _lastTail;
    long _measuredAt = time.GetTimestamp();
    long _measuredTail = tail();
    bool _isFast;
    int _spareNumber;
    bool _isStarved;
    bool _liveIsStuck;

    /// <summary>Bytes of pages in a new file.</summary>
    public long Capacity => _capacity;

    /// <summary>
    /// With retention, bytes of pages that only the checkpoints may use with which the oldest file leaves the log: they take at
    /// most half of what the file held, and leave a little of each page unused. 0 without.
    /// </summary>
    public long ForCheckpoints => options.Retains ? PagesOf(_capacity / 2, pageBytes) + pageBytes : 0;

    /// <summary>Whether the disk had no room when space was last asked for. Any thread reads it; the one that steps sets it.</summary>
    public bool IsStarved
    {
        get => Volatile.Read(ref _isStarved);
        set => Volatile.Write(ref _isStarved, value);
    }

    /// <summary>Whether the live file cannot grow for want of room, and the log is better continued in the spare.</summary>
    public bool LiveIsStuck
    {
        get => Volatile.Read(ref _liveIsStuck);
        private set => Volatile.Write(ref _liveIsStuck, value);
    }

    /// <summary>Takes over what an earlier process prepared and removes what cannot be used.</summary>
    public void Adopt()
    {
        foreach (var path in files.List(folder))
        {
            var name = Path.GetFileName(path);
            if (!name.StartsWith(SparePrefix, StringComparison.Ordinal) || !name.EndsWith(SpareSuffix, StringComparison.Ordinal))
                continue;
            if (_preparing is null)
            {
                var file = files.Open(path);
                if (file.Length == SegmentHeader.Size + _capacity && IsClean(file))
                {
                    try
                    {
                        _preparing = SegmentFile.OpenSpare(files, file, path, _capacity, pageBytes, options.Retains);
                        continue;
                    }
                    catch (DiskFullException)
                    {
                        // Then it goes, and gives back what it has.
                    }
                }
                file.Dispose();
            }
            files.Delete(path);
        }
    }

    // A file that was in the log before, and whose content was to be given up when the process ended, still has a header.
    static bool IsClean(IDataFile file)
    {
        Span<byte> header = stackalloc byte[64];
        file.ReadZeroFilled(header, 0);
        return header.IndexOfAnyExcept((byte)0) < 0;
    }

    /// <summary>The file that the log's end is in, or null.</summary>
    public void SetLive(SegmentFile? live)
    {
        Volatile.Write(ref _live, live);
        LiveIsStuck = false;
    }

    public bool HasSpare => Volatile.Read(ref _spare) is not null;

    /// <summary>Takes the spare, of which at least one page is allocated.</summary>
    public SegmentFile? TakeSpare() => Interlocked.Exchange(ref _spare, null);

    /// <summary>Has the unused rest of a sealed file given back.</summary>
    public void GiveBack(SegmentFile segment) => _sealed.Enqueue(segment);

    /// <summary>Does the most urgent piece of work; false where there is none.</summary>
    /// <exception cref="DiskFullException">There is no room; to be tried again later.</exception>
    public bool Step()
    {
        if (_sealed.TryDequeue(out var done))
        {
            var unused = done.OffsetOf(done.EndAddress);
            var fileEnd = SegmentHeader.Size + done.Capacity;
            if (unused < fileEnd)
                done.File.PunchHole(unused, fileEnd - unused);
            _notSettled.Enqueue(done);
            return true;
        }
        while (_notSettled.TryPeek(out var written) && settled() >= written.EndAddress)
        {
            _notSettled.Dequeue().Rest();
            written.IsSettled = true;
        }

        var end = tail();
        var live = Volatile.Read(ref _live);
        var ahead = live is null ? 0 : Math.Max(0, live.StartAddress + live.Allocated - end);
        var liveCanGrow = live is not null && live.EndAddress == long.MaxValue && live.Allocated < live.Capacity;
        var pressed = _isFast || end - _lastTail >= _step && ahead < options.ReserveBytes / 2;

        if (liveCanGrow && ahead < _step && TryGrow(live!, pressed, end))
            return true;

        SegmentFile spare;
        try
        {
            spare = NextSpare();
        }
        catch (DiskFullException) when (liveCanGrow && !LiveIsStuck)
        {
            // What is its own already can be used to its end.
            return Extend(live!, pressed, end);
        }
        if (spare.Allocated == 0)
            Extend(spare, pressed, end);
        if (_preparing is not null)
        {
            _preparing = null;
            Volatile.Write(ref _spare, spare);
            return true;
        }

        var space = spare.Space + (live is null ? 0 : Math.Max(0, live.StartAddress + live.Space - end));
        if (ahead + spare.Allocated >= options.ReserveBytes && space >= ForCheckpoints + pageBytes)
        {
            IsStarved = false;
            return false;
        }
        if (liveCanGrow && !LiveIsStuck)
            return Extend(live!, pressed, end);
        return spare.Allocated < spare.Capacity && Extend(spare, pressed, end);
    }

    /// <summary>
    /// Keeps a file that has left the log, and is held by nobody, to use it again: its disk space stays allocated, and reads as
    /// zeros. One is kept; further ones, those that do not fit, and those that there is no room to keep, are deleted: what a file did
    /// not fill before it takes now.
    /// </summary>
    public void Recycle(SegmentFile segment)
    {
        var path = segment.Path;
        if (_recycled is null && !segment.IsCold && segment.Capacity == _capacity && LeavesFree(_capacity - (segment.EndAddress - segment.StartAddress)))
        {
            IDataFile? file = null;
            try
            {
                var spare = NextSparePath();
                files.Rename(path, spare);
                path = spare;
                // Before its content goes: a file with a segment's name always has a header.
                files.SyncFolder(folder);
                file = files.Open(path);
                if (file.Zero(0, SegmentHeader.Size + _capacity))
                {
                    _recycled = SegmentFile.OpenRecycled(files, file, path, _capacity);
                    return;
                }
            }
            catch (DiskFullException)
            {
                // A name may need room, and so may a range that becomes zeros. Then it goes, and gives back what it has.
            }
            file?.Dispose();
        }
        files.Delete(path);
    }

    /// <summary>Bytes of pages in the spare that have their disk space; 0 where there is none.</summary>
    public long SpareSpace => Volatile.Read(ref _spare)?.Space ?? 0;

    /// <summary>Closes what was prepared; the files stay for the next start.</summary>
    public void Close()
    {
        _recycled?.Unpin();
        _recycled = null;
        TakeSpare()?.Unpin();
        _preparing?.Unpin();
        _preparing = null;
    }

    // False where there is no room for it, and a file that is used again has some.
    bool TryGrow(SegmentFile live, bool pressed, long end)
    {
        try
        {
            LiveIsStuck = false;
            return Extend(live, pressed, end);
        }
        catch (DiskFullException) when (_recycled is not null || (_spare ?? _preparing) is { OwnsSpace: true })
        {
            LiveIsStuck = true;
            return false;
        }
    }

    // A file that is used again takes the place of one that has no space, and of any where there is no room for more.
    SegmentFile NextSpare()
    {
        var spare = Volatile.Read(ref _spare) ?? _preparing;
        if (_recycled is null)
            return spare ?? (_preparing = NewSpare());
        if (spare is { OwnsSpace: true } || spare is { Allocated: > 0 } && !LiveIsStuck)
            return spare;
        if ((TakeSpare() ?? _preparing) is { } other)
        {
            other.Unpin();
            files.Delete(other.Path);
        }
        (_preparing, _recycled) = (_recycled, null);
        return _preparing;
    }

    // With retention it takes all of its space at once: half of it is what makes room on a full disk.
    SegmentFile NewSpare()
    {
        if (options.Retains)
            LeaveFreeBytes(SegmentHeader.Size + _capacity);
        return SegmentFile.CreateSpare(files, NextSparePath(), _capacity, options.Retains);
    }

    void LeaveFreeBytes(long needed)
    {
        if (!LeavesFree(needed))
            throw new DiskFullException($"Less than MinFreeBytes ({options.MinFreeBytes}) would be left free on the disk of {folder}.");
    }

    static long PagesOf(long bytes, int pageBytes) => (bytes + pageBytes - 1) & -pageBytes;

    bool Extend(SegmentFile segment, bool pressed, long end)
    {
        var offset = segment.Allocated;
        var length = Math.Min(_step, segment.Capacity - offset);
        if (!segment.OwnsSpace)
            LeaveFreeBytes(length);

        var allocated = segment.Ahead.Allocate(SegmentHeader.Size + offset, length);
        if (!pressed || !allocated)
        {
            for (var written = 0L; written < length;)
            {
                var piece = (int)Math.Min(_zeros.Length, length - written);
                segment.Ahead.WriteAll(_zeros.AsSpan(0, piece), SegmentHeader.Size + offset + written);
                written += piece;
            }
            segment.Ahead.Sync();
        }
        segment.Allocated = offset + length;
        IsStarved = false;
        _lastTail = end;
        return true;
    }

    // Whether so much may be taken of the disk.
    bool LeavesFree(long bytes) => bytes == 0 || options.MinFreeBytes == 0 || files.FreeBytes(folder) - bytes >= options.MinFreeBytes;

    /// <summary>Whether the log grows fast. A moment is looked at as a whole, so that a burst of one flush does not count as a rate.</summary>
    public bool IsFast(long end)
    {
        var elapsed = time.GetElapsedTime(_measuredAt).TotalSeconds;
        if (elapsed >= 0.02)
        {
            _isFast = (end - _measuredTail) / elapsed > FastBytesPerSecond;
            (_measuredAt, _measuredTail) = (time.GetTimestamp(), end);
        }
        return _isFast;
    }

    string NextSparePath()
    {
        while (true)
        {
            var path = Path.Combine(folder, $"{SparePrefix}{++_spareNumber}{SpareSuffix}");
            if (!files.Exists(path))
                return path;
        }
    }
}
