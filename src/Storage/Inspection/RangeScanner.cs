using System.Runtime.CompilerServices;
using Wire.Log;
using Wire.Storage.Encryption;
using Wire.Storage.Indexing;
using Wire.Storage.Recovery;

namespace Wire.Storage.Inspection;

/// <summary>
/// Reads the pages of a range and finds the records in them. Behind damage it goes on with the next whole record that it finds,
/// and at the next page, which begins with an entry for certain. Several ranges are scanned at the same time.
/// </summary>
internal sealed class RangeScanner(InspectedFolder folder, bool checksContent)
{
    /// <summary>The smallest page, and what most media fail in.</summary>
    const int PieceBytes = 4096;

    const int SmallestEntry = PageFraming.LengthBytes + RecordHeader.Size;

    readonly int _pageBytes = folder.Identity.PageBytes;

    public void Scan(ScannedRange range)
    {
        range.Records.Clear();
        range.Breaks.Clear();
        range.IsGone = false;
        if (range.Buffer.Length < range.Length)
            range.Buffer = GC.AllocateUninitializedArray<byte>(range.Length);
        try
        {
            range.File.Read(range.Buffer.AsSpan(0, range.Length), range.From);
        }
        catch (FileNotFoundException)
        {
            range.IsGone = true;
            return;
        }
        catch (IOException)
        {
            ReadPieceByPiece(range);
        }
        var opener = folder.Keys.Rent();
        for (var at = 0; at < range.Length; at += _pageBytes)
            ScanPage(range, at, opener);
        folder.Keys.Return(opener);
        range.Breaks.Sort((a, b) => a.Address.CompareTo(b.Address));
    }

    // A medium that fails in one place, or a damaged block of a cold file: what is around it is there. What cannot be read is
    // left zero.
    void ReadPieceByPiece(ScannedRange range)
    {
        for (var at = 0; at < range.Length; at += _pageBytes)
        {
            if (ErrorOf(range, at, _pageBytes) is null)
                continue;
            for (var piece = at; piece < at + _pageBytes; piece += PieceBytes)
            {
                if (ErrorOf(range, piece, PieceBytes) is { } error)
                    range.Breaks.Add(new ScannedBreak(range.From + piece, $"it cannot be read: {error}", IsUnreadable: true, null));
            }
        }
    }

    static string? ErrorOf(ScannedRange range, int at, int length)
    {
        var bytes = range.Buffer.AsSpan(at, length);
        try
        {
            range.File.Read(bytes, range.From + at);
            return null;
        }
        catch (IOException e)
        {
            bytes.Clear();
            return e.Message;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void ScanPage(ScannedRange range, int pageOffset, RecordOpener opener)
    {
        var page = range.Buffer.AsSpan(pageOffset, _pageBytes);
        var pageAddress = range.From + pageOffset;
        var at = pageAddress == 0 ? (int)PageFraming.FirstAddress : 0;
        var isCertain = true;
        while (at <= page.Length - PageFraming.LengthBytes)
        {
            var rest = page[at..];
            if (PageFraming.TryGetRecord(rest, out var record) && new RecordHeader(record).IsIntact)
            {
                var found = Describe(page.Slice(at + PageFraming.LengthBytes, record.Length), pageOffset + at + PageFraming.LengthBytes, pageAddress + at, isCertain, opener);
                range.Records.Add(found);
                at += PageFraming.EntryBytes(found.StoredLength);
                continue;
            }
            var isUnused = PageFraming.IsUnused(rest);
            if (isUnused && !rest.ContainsAnyExcept((byte)0))
                return;
            var isNewer = record.Length > 0 && RecordHeader.IsNewer(record);
            range.Breaks.Add(new ScannedBreak(pageAddress + at, ReasonOf(rest, record, isUnused), IsUnreadable: false, isNewer ? new RecordHeader(record).Version : null));
            at = NextRecord(page, at + 4);
            if (at < 0)
                return;
            isCertain = false;
        }
    }

    static string ReasonOf(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> record, bool isUnused)
    {
        if (isUnused)
            return "no record is there, and what follows is not unused";
        if (record.Length == 0)
            return $"the length {BitConverter.ToInt32(rest)} cannot stand there";
        if (RecordHeader.IsNewer(record))
            return $"the record is of the newer format {new RecordHeader(record).Version}";
        return record.Length < RecordHeader.Size ? "the record is shorter than its header" : "the record's checksum does not hold";
    }

    // Where entries begin is not certain any more: every fourth byte is tried.
    static int NextRecord(ReadOnlySpan<byte> page, int at)
    {
        while (true)
        {
            var next = at <= page.Length ? page[at..].IndexOfAnyExcept((byte)0) : -1;
            if (next < 0)
                return -1;
            at += next & ~3;
            if (page.Length - at < SmallestEntry)
                return -1;
            if (PageFraming.TryGetRecord(page[at..], out var record) && new RecordHeader(record).IsIntact)
                return at;
            at += 4;
        }
    }

    // Decrypts it in place, where it can.
    ScannedRecord Describe(Span<byte> record, int offset, long address, bool isCertain, RecordOpener opener)
    {
        var header = new RecordHeader(record);
        var (storedLength, length, keyId) = (record.Length, record.Length, 0u);
        if (header.IsEncrypted)
        {
            keyId = header.KeyId;
            if (!opener.TryOpen(record, out var plaintext))
            {
                var whyNot = folder.Keys.Ring.TryGet(keyId, out _) ? $"the record {folder.Keys.WhyNot(keyId)}" : null;
                return new ScannedRecord(address, offset, length, storedLength, keyId, false, isCertain, 0, header.LastId, whyNot);
            }
            plaintext.CopyTo(record);
            length = plaintext.Length;
            header = new RecordHeader(record[..length]);
        }
        var lastId = header.LastId;
        var flaw = checksContent ? RecordContent.FlawOf(record[..length], address, out lastId) ?? FlawOfSkip(header) : null;
        var hash = header.SessionId.Length == 0 ? 0 : SipHash.Compute(folder.Identity.HashSeed, header.SessionId);
        return new ScannedRecord(address, offset, length, storedLength, keyId, true, isCertain, hash, lastId, flaw);
    }

    // Whether the record that lies several records back in the chain is the one that it should be. (The one before it is looked
    // at by whoever has the order of all records.)
    string? FlawOfSkip(in RecordHeader header)
    {
        var number = header.RunNumber & (header.RunNumber - 1);
        if (header.Skip == 0 || header.Skip < folder.BeginAddress)
            return null;
        if (number == header.RunNumber - 1)
            return header.Skip == header.Previous ? null : $"the record names two different addresses for record {number} of its session";
        if (number == 0 || header.Skip >= header.Previous || (header.Skip & 3) != 0)
            return $"the record names address {header.Skip:x16} for record {number} of its session";

        return IsRecord(header.Skip, number, header.SessionId)
            ? null
            : $"at address {header.Skip:x16}, which the record names for record {number} of its session, is another one";
    }

    // What is damaged, retired or missing itself passes: that is the fault then.
    bool IsRecord(long address, long number, ReadOnlySpan<byte> sessionId)
    {
        if (folder.Find(address) is not { } file)
            return true;
        Span<byte> entry = stackalloc byte[SmallestEntry + 128];
        try
        {
            file.Read(entry, address);
            var named = new RecordHeader(entry[PageFraming.LengthBytes..]);
            if (named.RunNumber == number && (named.IsEncrypted || named.SessionId.SequenceEqual(sessionId)))
                return true;
            var page = new byte[_pageBytes - (int)(address & (_pageBytes - 1))];
            file.Read(page, address);
            // A file that was retired meanwhile may have been used again, while it was open here.
            return !PageFraming.TryGetRecord(page, out var record) || !new RecordHeader(record).IsIntact || folder.IsLive && !file.IsStillThere();
        }
        catch (IOException)
        {
            return true;
        }
    }
}
