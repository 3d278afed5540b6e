using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Wire.Log;
using Wire.Storage.Encryption;
using Wire.Storage.Indexing;

namespace Wire.Storage.Recovery;

/// <summary>
/// The scan of some consecutive pages of one file. Since every page begins with an entry, ranges can be scanned at the same
/// time and joined in order. Within the range each record is intact, numbered one more than the one before, and of no lower
/// epoch; the scan ends where that is no longer so.
/// </summary>
internal sealed class PageRangeScan
{
    readonly List<IndexedRecord> _records = [];

    /// <summary>The records, in the order of their addresses.</summary>
    public ReadOnlySpan<IndexedRecord> Records => CollectionsMarshal.AsSpan(_records);

    /// <summary>Whether there was any record, of whatever kind.</summary>
    public bool IsEmpty => LastSequence == 0;

    public ulong FirstSequence { get; private set; }
    public ulong LastSequence { get; private set; }
    public uint FirstEpoch { get; private set; }
    public uint LastEpoch { get; private set; }

    /// <summary>The address of the first record.</summary>
    public long FirstAddress { get; private set; }

    /// <summary>Whether the scan came to the end of the range.</summary>
    public bool ReachedEnd { get; private set; }

    /// <summary>The record at which the scan ended because it cannot be decrypted; null where there was none.</summary>
    public (long Address, uint KeyId)? Unopened { get; private set; }

    /// <param name="pages">The pages of the file.</param>
    /// <param name="from">Where to begin: the head of a page, or the end of a record.</param>
    /// <param name="until">The address behind the last page.</param>
    /// <param name="pageBytes">Bytes in a page.</param>
    /// <param name="opener">Decrypts.</param>
    /// <param name="index">What the records are for.</param>
    public void Run(SegmentPages pages, long from, long until, int pageBytes, RecordOpener opener, LogIndex index)
    {
        Reset();
        for (var at = from; at < until; at = (at | (pageBytes - 1L)) + 1)
        {
            var page = at & -(long)pageBytes;
            if (!ScanPage(pages.Page(page), page == 0 && at == 0 ? (int)PageFraming.FirstAddress : (int)(at - page), page, opener, index))
                return;
        }
        ReachedEnd = true;
    }

    // Whether the page ended in an orderly way. Optimised at once: unoptimised, the scan of a gigabyte takes almost twice as long,
    // and is over before the runtime would have come to it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    bool ScanPage(ReadOnlySpan<byte> page, int at, long pageAddress, RecordOpener opener, LogIndex index)
    {
        while (true)
        {
            var rest = page[at..];
            // A page without any record ends the log; only the first one, whose head is unused, can be too small for the record
            // that came first.
            if (PageFraming.IsUnused(rest))
                return at > 0;
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
            var address = pageAddress + at;
            var storedLength = record.Length;
            if (header.IsEncrypted)
            {
                if (!opener.TryOpen(record, out record))
                {
                    Unopened = (address, header.KeyId);
                    return false;
                }
                header = new RecordHeader(record);
            }
            (LastSequence, LastEpoch) = (header.LogSequence, header.Epoch);

            at += PageFraming.EntryBytes(storedLength);
            _records.Add(IndexedRecord.From(record, address, pageAddress + at, index.Sessions, index.Handler));
        }
    }

    void Reset()
    {
        _records.Clear();
        FirstSequence = LastSequence = 0;
        FirstEpoch = LastEpoch = 0;
        FirstAddress = 0;
        ReachedEnd = false;
        Unopened = null;
    }
}
