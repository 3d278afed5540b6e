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
    long _lastTail;
    long _measuredAt = time.GetTimestamp();
    long _measuredTail = tail();
    bool _isFast;
    int _spareNumber;
    bool _isStarved;

    /// <summary>Bytes of pages in a new file.</summary>
    public long Capacity => _capacity;

    /// <summary>Whether the disk had no room when space was last asked for. Any thread reads it; the one that steps sets it.</summary>
    public bool IsStarved
    {
        get => Volatile.Read(ref _isStarved);
        set => Volatile.Write(ref _isStarved, value);
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
                if (file.Length == SegmentHeader.Size + _capacity)
                {
                    try
                    {
                        _preparing = SegmentFile.OpenSpare(files, file, path, _capacity, pageBytes);
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

    /// <summary>The file that the log's end is in, or null.</summary>
    public void SetLive(SegmentFile? live) => Volatile.Write(ref _live, live);

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

        if (liveCanGrow && ahead < _step)
            return Extend(live!, pressed, end);

        var spare = Volatile.Read(ref _spare) ?? (_preparing ??= SegmentFile.CreateSpare(files, NextSparePath(), _capacity));
        if (spare.Allocated == 0)
            Extend(spare, pressed, end);
        if (_preparing is not null)
        {
            _preparing = null;
            Volatile.Write(ref _spare, spare);
            return true;
        }

        if (ahead + spare.Allocated >= options.ReserveBytes)
            return false;
        if (liveCanGrow)
            return Extend(live!, pressed, end);
        return spare.Allocated < spare.Capacity && Extend(spare, pressed, end);
    }

    /// <summary>Closes what was prepared; the files stay for the next start.</summary>
    public void Close()
    {
        TakeSpare()?.Unpin();
        _preparing?.Unpin();
        _preparing = null;
    }

    bool Extend(SegmentFile segment, bool pressed, long end)
    {
        var offset = segment.Allocated;
        var length = Math.Min(_step, segment.Capacity - offset);
        if (options.MinFreeBytes > 0 && files.FreeBytes(folder) - length < options.MinFreeBytes)
            throw new DiskFullException($"Less than MinFreeBytes ({options.MinFreeBytes}) would be left free on the disk of {folder}.");

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
