namespace Wire.Storage;

/// <summary>
/// Where the last record of each page ends. FASTER's flushed address goes to the end of a page, over what is unused there; but
/// recovery can only find the end of a record, and what is reported as durable must be what it finds.
/// <para>Written under the log's append lock, read by the device's thread.</para>
/// </summary>
internal sealed class RecordEnds(int pageBytes, long pagesInMemory, long end)
{
    // A page is left before it is flushed, and flushed before its place in memory is used again.
    readonly long[] _lastBefore = new long[pagesInMemory + 2];
    long _newest = end;

    /// <summary>The end of the newest record.</summary>
    public long Newest
    {
        get => Volatile.Read(ref _newest);
        set => Volatile.Write(ref _newest, value);
    }

    /// <summary>The next record is to begin at this address: pages that end before it have all their records.</summary>
    public void LeavePagesBefore(long address)
    {
        // From the page of the newest record's last byte: a record may end exactly where its page does.
        for (var page = (_newest - 1) / pageBytes; page < address / pageBytes; page++)
            Volatile.Write(ref _lastBefore[(page + 1) % _lastBefore.Length], _newest);
    }

    /// <summary>The end of the last record below a flushed address, which is a record's end or a page's.</summary>
    public long LastUntil(long flushed)
    {
        var newest = Newest;
        if (flushed >= newest)
            return newest;
        return flushed % pageBytes == 0 ? Volatile.Read(ref _lastBefore[flushed / pageBytes % _lastBefore.Length]) : flushed;
    }
}
