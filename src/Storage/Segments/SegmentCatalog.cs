namespace Wire.Storage.Segments;

/// <summary>The log's files in the order of their addresses. Lookups take no lock; changes are made under the log's append lock.</summary>
internal sealed class SegmentCatalog
{
    SegmentFile[] _segments = [];

    public ReadOnlySpan<SegmentFile> Segments => Volatile.Read(ref _segments);

    public void Set(IEnumerable<SegmentFile> segments) => Volatile.Write(ref _segments, [.. segments]);

    public void Add(SegmentFile segment) => Volatile.Write(ref _segments, [.. _segments, segment]);

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
