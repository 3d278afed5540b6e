using Wire.Log;
using Wire.Storage.Files;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Reading;

/// <summary>
/// Reads records in place from the maps of their files, which stay mapped until this reader is disposed of. Whatever an address
/// points to, nothing outside of its page is touched, and nothing is taken for a record whose checksum does not hold.
/// </summary>
internal sealed class MappedLogReader(FasterMessageLog log, SegmentCatalog catalog, int pageBytes) : ILogReader
{
    // Of a chain of reads most are in one or two files.
    readonly List<(SegmentFile Segment, IFileMap Map)> _pinned = new(2);

    public LogReadStatus Read(long address, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (address < log.BeginAddress)
            return LogReadStatus.Retired;
        if (address >= log.DurableAddress || (address & 3) != 0 || !TryMap(address, out var segment, out var map))
            return address < log.BeginAddress ? LogReadStatus.Retired : LogReadStatus.Damaged;

        var rest = map.Bytes(segment.OffsetOf(address), pageBytes - (int)(address & (pageBytes - 1)));
        if (!PageFraming.TryGetRecord(rest, out var found) || !new RecordHeader(found).IsIntact)
            return LogReadStatus.Damaged;
        record = found;
        return LogReadStatus.Found;
    }

    public void Dispose()
    {
        foreach (var (segment, _) in _pinned)
            segment.Unpin();
        _pinned.Clear();
    }

    bool TryMap(long address, out SegmentFile segment, out IFileMap map)
    {
        foreach (var pinned in _pinned)
        {
            (segment, map) = pinned;
            if (address >= segment.StartAddress && address < segment.Limit)
                return true;
        }

        map = null!;
        segment = catalog.Find(address)!;
        try
        {
            if (segment is null || !segment.TryPin(out map))
                return false;
        }
        catch (IOException)
        {
            return false;
        }
        _pinned.Add((segment, map));
        return true;
    }
}
