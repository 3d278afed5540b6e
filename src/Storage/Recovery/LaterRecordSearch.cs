using Wire.Log;
using Wire.Storage.Segments;

namespace Wire.Storage.Recovery;

/// <summary>
/// Looks behind the place where the scan broke off for a whole record that says the place was on stable storage when it was
/// written.
/// <para>
/// Where entries begin is certain at the head of a page and behind a whole record; elsewhere every fourth byte is tried. A
/// client could have put such bytes into a payload, to make a torn end look like damage; so at an uncertain place only the
/// epochs of the last record and of the last process count, which no client can guess.
/// </para>
/// </summary>
internal sealed class LaterRecordSearch(RecoveredLog log, int pageBytes, uint? storedEpoch)
{
    const int SmallestEntry = PageFraming.LengthBytes + RecordHeader.Size;

    /// <summary>The address of such a record; null where there is none.</summary>
    public long? Find(SegmentFile segment, CancellationToken cancellationToken)
    {
        using var pages = new SegmentPages(segment, pageBytes, segment.Limit);
        var at = pages.NextWritten(Math.Max(log.EndAddress, segment.StartAddress));
        while (at < segment.Limit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = at & -(long)pageBytes;
            if (FindInPage(pages.Page(page), (int)(at - page), page) is { } found)
                return found;
            at = pages.NextWritten(page + pageBytes);
        }
        return null;
    }

    long? FindInPage(ReadOnlySpan<byte> page, int at, long pageAddress)
    {
        var certain = at == 0 || pageAddress + at == PageFraming.FirstAddress;
        while (true)
        {
            var next = page[at..].IndexOfAnyExcept((byte)0);
            if (next < 0 || page.Length - (at + (next & ~3)) < SmallestEntry)
                return null;
            if (next >= 4)
            {
                at += next & ~3;
                certain = false;
            }
            if (PageFraming.TryGetRecord(page[at..], out var record) && Follows(record, pageAddress + at, certain))
            {
                if (new RecordHeader(record).DurableUntil > log.EndAddress)
                    return pageAddress + at;
                at += PageFraming.EntryBytes(record.Length);
                if (at >= page.Length)
                    return null;
            }
            else
            {
                at += 4;
                certain = false;
            }
        }
    }

    bool Follows(ReadOnlySpan<byte> record, long address, bool certain)
    {
        if (record.Length < RecordHeader.Size)
            return false;
        var header = new RecordHeader(record);
        // The cheap checks first: this runs for every fourth byte of whatever is there.
        if (header.Length != record.Length || header.LogSequence <= log.Index.LastSequence || header.DurableUntil > address)
            return false;
        if (header.LogSequence - log.Index.LastSequence > (ulong)((address - log.EndAddress) / SmallestEntry + 1) && log.Index.LastSequence != 0)
            return false;
        var epochFits = certain || log.Index.LastEpoch == 0
            ? header.Epoch >= log.Index.LastEpoch && header.Epoch <= (storedEpoch ?? uint.MaxValue)
            : header.Epoch == log.Index.LastEpoch || header.Epoch == storedEpoch;
        return epochFits && header.IsIntact;
    }
}
