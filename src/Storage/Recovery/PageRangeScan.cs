using Wire.Log;
using Wire.Storage.Sessions;

namespace Wire.Storage.Recovery;

/// <summary>
/// The scan of some consecutive pages of one file. Since every page begins with an entry, ranges can be scanned at the same
/// time and joined in order. Within the range each record is intact, numbered one more than the one before, and of no lower
/// epoch; the scan ends where that is no longer so.
/// </summary>
internal sealed class PageRangeScan
{
    Found[] _found = new Found[1024];

    /// <summary>Sessions' records, in the order of their addresses.</summary>
    public ReadOnlySpan<Found> Records => _found.AsSpan(0, RecordCount);

    public int RecordCount { get; private set; }

    /// <summary>Whether there was any record, of whatever kind.</summary>
    public bool IsEmpty => LastSequence == 0;

    public ulong FirstSequence { get; private set; }
    public ulong LastSequence { get; private set; }
    public uint FirstEpoch { get; private set; }
    public uint LastEpoch { get; private set; }
    public long LastMessageId { get; private set; }

    /// <summary>The address behind the last record, and that of the first.</summary>
    public long End { get; private set; }
    public long FirstAddress { get; private set; }

    /// <summary>Whether the scan came to the end of the range.</summary>
    public bool ReachedEnd { get; private set; }

    /// <summary>A range that was never written.</summary>
    public void RunOnNothing() => Reset();

    /// <param name="pages">The bytes of whole pages.</param>
    /// <param name="address">The address of the first of them.</param>
    /// <param name="pageBytes">Bytes in a page.</param>
    /// <param name="index">Hashes the ids.</param>
    public void Run(ReadOnlySpan<byte> pages, long address, int pageBytes, SessionIndex index)
    {
        Reset();
        for (var page = 0; page < pages.Length; page += pageBytes)
        {
            var start = address + page == 0 ? (int)PageFraming.FirstAddress : 0;
            if (!ScanPage(pages.Slice(page, pageBytes), start, address + page, index))
                return;
        }
        ReachedEnd = true;
    }

    // Whether the page ended in an orderly way.
    bool ScanPage(ReadOnlySpan<byte> page, int at, long pageAddress, SessionIndex index)
    {
        var first = at;
        while (true)
        {
            var rest = page[at..];
            // A page without any record ends the log; only the first one can be too small for the record that came first.
            if (PageFraming.IsUnused(rest))
                return at > first || pageAddress == 0;
            if (!PageFraming.TryGetRecord(rest, out var record))
                return false;
            var header = new RecordHeader(record);
            if (!header.IsIntact)
                return false;
            if (LastSequence == 0)
            {
                (FirstSequence, FirstEpoch, FirstAddress) = (header.LogSequence, header.Epoch, pageAddress + at);
            }
            else if (header.LogSequence != LastSequence + 1 || header.Epoch < LastEpoch)
            {
                return false;
            }
            (LastSequence, LastEpoch) = (header.LogSequence, header.Epoch);

            var address = pageAddress + at;
            var sessionId = header.SessionId;
            if (sessionId.Length > 0)
            {
                LastMessageId = Math.Max(LastMessageId, header.LastId);
                Add(new Found(index.HashOf(sessionId), header.Previous, address));
            }
            at += PageFraming.EntryBytes(record.Length);
            End = pageAddress + at;
        }
    }

    void Reset()
    {
        RecordCount = 0;
        FirstSequence = LastSequence = 0;
        FirstEpoch = LastEpoch = 0;
        LastMessageId = 0;
        End = FirstAddress = 0;
        ReachedEnd = false;
    }

    void Add(in Found found)
    {
        if (RecordCount == _found.Length)
            Array.Resize(ref _found, _found.Length * 2);
        _found[RecordCount++] = found;
    }

    public readonly record struct Found(ulong Hash, long Previous, long Address);
}
