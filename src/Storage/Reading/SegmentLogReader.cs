using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Wire.Log;
using Wire.Storage.Compaction;
using Wire.Storage.Encryption;
using Wire.Storage.Files;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Reading;

/// <summary>
/// Reads records by address: in place from the maps of their files, or, where files are not mapped, into a pooled buffer. Mapped
/// files that it has read from stay until it is disposed of, and of those that it holds open the last few. Whatever an address points to, nothing outside of its page is
/// touched, and nothing is taken for a record whose checksum does not hold. What is encrypted is decrypted into a
/// buffer of its own.
/// </summary>
internal sealed class SegmentLogReader(FasterMessageLog log, SegmentCatalog catalog, FolderKeys keys, int pageBytes) : ILogReader
{
    // Most records are shorter; a longer one costs a second call, and a shorter one hardly less than this.
    const int FirstReadBytes = 8192;

    // A session that speaks rarely has each of its messages in a file of its own, and a process may open only so many.
    const int MaxOpenFiles = 16;

    // Of a chain of reads most are in one or two files.
    readonly List<Pin> _pins = new(2);
    byte[] _buffer = [];
    RecordOpener? _opener;
    SegmentFile? _lastRead;
    int _openFiles;

    public LogReadStatus Read(long address, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (address < PageFraming.FirstAddress)
            return LogReadStatus.Retired;
        if (address >= log.DurableAddress || (address & 3) != 0)
            return LogReadStatus.Damaged;

        SegmentFile? segment = null;
        try
        {
            if (!TryPin(address, ref segment, out var pin))
                return address < log.BeginAddress ? LogReadStatus.Retired : LogReadStatus.Damaged;
            _lastRead = segment;
            if (pin.File is ColdFile cold)
                return ReadCold(cold, address, out record);
            var offset = segment.OffsetOf(address);
            var bytesInPage = BytesInPage(address);
            var entry = pin.Map is { } map ? map.Bytes(offset, bytesInPage) : ReadEntry(pin.File!, offset, bytesInPage);
            if (!PageFraming.TryGetRecord(entry, out var found) || !new RecordHeader(found).IsIntact
                || new RecordHeader(found).IsEncrypted && !(_opener ??= keys.Rent()).TryOpen(found, out found))
            {
                log.OnReadFailed(segment, address, error: null);
                return LogReadStatus.Damaged;
            }
            record = found;
            return LogReadStatus.Found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LogException)
        {
            if (address < log.BeginAddress)
                return LogReadStatus.Retired;
            log.OnReadFailed(segment!, address, e);
            return LogReadStatus.Damaged;
        }
    }

    public void Prefetch(long address)
    {
        if (address < log.BeginAddress || address >= log.DurableAddress)
            return;
        SegmentFile? segment = null;
        try
        {
            if (TryPin(address, ref segment, out var pin))
                pin.Map?.Touch(segment.OffsetOf(address));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LogException)
        {
            // The read that follows says so.
        }
    }

    // First all addresses, then all prefetches: the processor waits for the first one to be translated to a place in memory, and
    // translates meanwhile what comes right behind it.
    public void PrefetchPrevious(Span<long> addresses)
    {
        foreach (ref var address in addresses)
            address = PeekPrevious(address);
        foreach (var address in addresses)
            Prefetch(address);
    }

    public void Dispose()
    {
        foreach (var pin in _pins)
        {
            pin.File?.Dispose();
            pin.Segment.Unpin();
        }
        _pins.Clear();
        (_lastRead, _openFiles) = (null, 0);
        if (_opener is not null)
            keys.Return(_opener);
        _opener = null;
        ReturnBuffer();
    }

    int BytesInPage(long address) => pageBytes - (int)(address & (pageBytes - 1));

    // What the record at an address says that it follows, which may be anything where that is damaged: good for a prefetch alone. 0
    // where it cannot be told.
    long PeekPrevious(long address)
    {
        if (FindPin(address) is not (>= 0 and var at) || _pins[at].Map is not { } map)
            return 0;
        var (offset, length) = (_pins[at].Segment.OffsetOf(address), BytesInPage(address));
        return length <= map.Length - offset && PageFraming.TryGetRecord(map.Bytes(offset, length), out var record) && record.Length >= RecordHeader.Size
            ? new RecordHeader(record).Previous
            : 0;
    }

    int FindPin(long address)
    {
        for (var i = 0; i < _pins.Count; i++)
        {
            var segment = _pins[i].Segment;
            if (address >= segment.StartAddress && address < segment.Limit)
                return i;
        }
        return -1;
    }

    bool TryPin(long address, [NotNullWhen(true)] ref SegmentFile? segment, out Pin pinned)
    {
        if (FindPin(address) is >= 0 and var at)
        {
            pinned = _pins[at];
            segment = pinned.Segment;
            return true;
        }

        // What is held stays readable, though it may have left the log since.
        pinned = default;
        IFileMap? map;
        while (true)
        {
            segment = catalog.Find(address);
            if (segment is null || address < log.BeginAddress)
                return false;
            if (segment.TryPin(out map))
                break;
            // Between the two it left the log, or another file took its place.
            if (catalog.Find(address) == segment)
                return false;
        }
        try
        {
            // A handle of its own: that of the segment is closed when the log has done with it.
            pinned = new Pin(segment, map, map is null ? segment.OpenForReading() : null);
        }
        catch
        {
            segment.Unpin();
            throw;
        }
        _pins.Add(pinned);
        if (map is null && ++_openFiles > MaxOpenFiles)
            LetGoOfOldest();
        return true;
    }

    // Of the open ones, the one that was opened first, save that which the last record is of. What is mapped costs no more for being
    // kept, and has records in use.
    void LetGoOfOldest()
    {
        var at = _pins.FindIndex(pin => pin.File is not null && pin.Segment != _lastRead);
        var pin = _pins[at];
        _pins.RemoveAt(at);
        _openFiles--;
        pin.File!.Dispose();
        pin.Segment.Unpin();
    }

    LogReadStatus ReadCold(ColdFile file, long address, out ReadOnlySpan<byte> record)
    {
        if (!file.TryFindRecord(address, out record))
            return LogReadStatus.Damaged;
        if (!new RecordHeader(record).IsEncrypted)
            return LogReadStatus.Found;
        // In clear already: what encryption had added goes.
        var length = record.Length - EncryptedRecord.Overhead;
        Room(length, keep: 0);
        var opened = _buffer.AsSpan(0, length);
        record[..length].CopyTo(opened);
        RecordHeader.MarkOpened(opened);
        record = opened;
        return LogReadStatus.Found;
    }

    // The entry at an offset, and perhaps what follows it; ends with the page or with the file.
    ReadOnlySpan<byte> ReadEntry(IDataFile file, long offset, int bytesInPage)
    {
        var have = ReadUpTo(file, offset, 0, Math.Min(FirstReadBytes, bytesInPage));
        if (have < PageFraming.LengthBytes)
            return default;
        var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer);
        if (length > have - PageFraming.LengthBytes && length <= bytesInPage - PageFraming.LengthBytes)
            have = ReadUpTo(file, offset, have, PageFraming.LengthBytes + length);
        return _buffer.AsSpan(0, have);
    }

    // Fills the buffer from what it has to what is wanted; less only at the end of the file.
    int ReadUpTo(IDataFile file, long offset, int have, int wanted)
    {
        Room(wanted, have);
        while (have < wanted)
        {
            var read = file.Read(_buffer.AsSpan(have, wanted - have), offset + have);
            if (read <= 0)
                break;
            have += read;
        }
        return have;
    }

    void Room(int wanted, int keep)
    {
        if (_buffer.Length >= wanted)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(wanted);
        _buffer.AsSpan(0, keep).CopyTo(larger);
        ReturnBuffer();
        _buffer = larger;
    }

    void ReturnBuffer()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    // One of map and file, the other is null.
    readonly record struct Pin(SegmentFile Segment, IFileMap? Map, IDataFile? File);
}
