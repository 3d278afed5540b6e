namespace Wire.Storage.Segments;

/// <summary>The log's files in the order of their addresses. Lookups take no lock; changes are made under the log's append lock.</summary>
internal sealed class SegmentCatalog
{
    SegmentFile[] _segments = [];

    /// <summary>
    /// Held by whoever takes a file of the log away or puts another in its place, over its I/O, so that there is one at a time. Taken
    /// before the log's append lock, and by nobody who is waited for.
    /// </summary>
    public Lock Changing { get; } = new();

    public ReadOnlySpan<SegmentFile> Segments => Volatile.Read(ref _segments);

    public void Set(IEnumerable<SegmentFile> segments) => Volatile.Write(ref _segments, [.. segments]);

    public void Add(SegmentFile segment) => Volatile.Write(ref _segments, [.. _segments, segment]);

    public bool Has(SegmentFile segment) => Segments.Contains(segment);

    /// <summary>Puts a file in the place of another that holds the same addresses; false where that is there no more.</summary>
    public bool TryReplace(SegmentFile segment, SegmentFile by)
    {
        var at = Array.IndexOf(_segments, segment);
        if (at < 0)
            return false;
        var segments = _segments.ToArray();
        segments[at] = by;
        Volatile.Write(ref _segments, segments);
        return true;
    }

    /// <summary>Takes the oldest file out, or the one that was put in its place.</summary>
    public SegmentFile RemoveFirst()
    {
        var first = _segments[0];
        Volatile.Write(ref _segments, _segments[1..]);
        return first;
    }

    /// <summary>The file that holds an address; null where none does.</summary>
    public SegmentFile? Find(long address)
    {
        var segments = Volatile.Read(ref _segments);
        int low = 0, high = segments.Length - 1;
        // Most are in the newest file.
        if (high >= 0 && segments[high].StartAddress <= address)
            low = high;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var segment = segments[middle];
            if (address < segment.StartAddress)
                high = middle - 1;
            else if (address >= segment.Limit)
                low = middle + 1;
            else
                return segment;
        }
        return null;
    }

    /// <summary>Drops the catalog's own references.</summary>
    public void Release()
    {
        foreach (var segment in Interlocked.Exchange(ref _segments, []))
            segment.Unpin();
    }
}
