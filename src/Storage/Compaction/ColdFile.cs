using System.IO.Compression;
using Wire.Log;
using Wire.Storage.Encryption;
using Wire.Storage.Files;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Compaction;

/// <summary>
/// A cold file, which reads byte for byte as the segment's file that it took the place of. A read that meets damage throws an
/// <see cref="IOException"/> with file and offset.
/// </summary>
internal sealed class ColdFile : IDataFile
{
    readonly IDataFile _inner;
    readonly string _path;
    readonly FolderKeys _keys;
    readonly ColdCache _cache;
    readonly byte[] _segmentHeader = new byte[SegmentHeader.Size];

    // The block that was read as it was stored once, for whoever reads on in it.
    volatile RestoredBlock? _restored;

    /// <summary>Takes the file over.</summary>
    /// <exception cref="LogException">It is not a cold file that this version can read.</exception>
    public ColdFile(IDataFile inner, string path, FolderKeys keys, ColdCache cache)
    {
        (_inner, _path, _keys, _cache) = (inner, path, keys, cache);
        try
        {
            var block = new byte[ColdHeader.Size];
            inner.ReadZeroFilled(block, 0);
            Header = ColdHeader.Read(block, path);
            if (inner.Length < Header.IndexOffset + Header.IndexBytes)
                throw new LogException($"{path} is cut short: it has {inner.Length} bytes and needs {Header.IndexOffset + Header.IndexBytes} (offset {inner.Length}). {SegmentHeader.Advice}");
            block.AsSpan(ColdHeader.SegmentHeaderAt, ColdHeader.SegmentHeaderBytes).CopyTo(_segmentHeader);
            Length = SegmentHeader.Size + SegmentHeader.Read(_segmentHeader, path).Capacity;
        }
        catch
        {
            inner.Dispose();
            throw;
        }
    }

    public ColdHeader Header { get; }

    /// <summary>Of the segment's file.</summary>
    public long Length { get; }

    /// <summary>Of the cold file itself.</summary>
    public long CompactedLength => _inner.Length;

    public int Read(Span<byte> bytes, long offset)
    {
        if (offset < SegmentHeader.Size)
        {
            var fromHeader = _segmentHeader.AsSpan((int)offset);
            fromHeader = fromHeader[..Math.Min(fromHeader.Length, bytes.Length)];
            fromHeader.CopyTo(bytes);
            return fromHeader.Length;
        }
        bytes = bytes[..(int)Math.Clamp(Length - offset, 0, bytes.Length)];
        if (bytes.IsEmpty)
            return 0;

        var address = Header.StartAddress + offset - SegmentHeader.Size;
        var index = new ColdIndex(IndexBytes());
        var number = index.LastAtOrBefore(address);
        if (number >= 0 && address < index[number].Address + index[number].Bytes)
        {
            var rest = Restored(number, index[number]).AsSpan((int)(address - index[number].Address));
            rest = rest[..Math.Min(rest.Length, bytes.Length)];
            rest.CopyTo(bytes);
            return rest.Length;
        }
        // What is in no block is zeros.
        var next = number + 1 < index.Count ? index[number + 1].Address : long.MaxValue;
        bytes = bytes[..(int)Math.Min(bytes.Length, next - address)];
        bytes.Clear();
        return bytes.Length;
    }

    /// <summary>
    /// The record at an address, with what is encrypted in clear, without its CRC, and with its header as it was stored. Faster than
    /// <see cref="Read"/>, because nothing is computed that nobody looks at: the block itself has a CRC, and a tag.
    /// </summary>
    /// <param name="address">An address in the file's pages.</param>
    /// <param name="record">Never changes.</param>
    /// <returns>False where no record begins there.</returns>
    public bool TryFindRecord(long address, out ReadOnlySpan<byte> record)
    {
        record = default;
        var index = new ColdIndex(IndexBytes());
        var number = index.LastAtOrBefore(address);
        if (number < 0 || address >= index[number].Address + index[number].Bytes)
            return false;
        // Record by record: bytes within one may look like another.
        var rest = Reduced(number, index[number]).AsSpan();
        for (var at = index[number].Address; at <= address && PageFraming.TryGetRecord(rest, out var found);)
        {
            if (at == address)
            {
                record = found;
                return found.Length >= RecordHeader.Size && (Header.KeyId != 0 || !new RecordHeader(found).IsEncrypted);
            }
            var entry = Math.Min(PageFraming.EntryBytes(found.Length), rest.Length);
            rest = rest[entry..];
            at += entry;
        }
        return false;
    }

    public bool KnowsHoles => false;

    public long NextData(long offset) => offset;

    public long EndOfData(long offset) => offset;

    /// <summary>Does nothing: the file was on stable storage before it had its name.</summary>
    public void Sync()
    {
    }

    public void SetLength(long length) => throw Immutable();

    public int Write(ReadOnlySpan<byte> bytes, long offset) => throw Immutable();

    public bool Allocate(long offset, long length) => throw Immutable();

    public bool Zero(long offset, long length) => throw Immutable();

    public void PunchHole(long offset, long length) => throw Immutable();

    public IFileMap Map() => throw Immutable();

    public void Dispose() => _inner.Dispose();

    byte[] IndexBytes()
    {
        if (_cache.Find(Header.StartAddress, ColdCache.Index) is { } kept)
            return kept;
        var bytes = new byte[Header.IndexBytes];
        _inner.ReadZeroFilled(bytes, Header.IndexOffset);
        if (Crc32C.Compute(bytes) != Header.IndexCrc)
            throw new IOException($"{_path} is damaged (offset {Header.IndexOffset}: the checksum of its block index does not hold).");
        _cache.Add(Header.StartAddress, ColdCache.Index, bytes);
        return bytes;
    }

    byte[] Restored(int number, in ColdIndex.Block block)
    {
        if (_restored is { } last && last.Number == number)
            return last.Bytes;
        var bytes = Reduced(number, block).ToArray();
        var opener = _keys.Rent();
        var missing = CompactEntries.Restore(bytes, opener, mayBeEncrypted: Header.KeyId != 0);
        _keys.Return(opener);
        if (missing is { } keyId)
            throw Damaged(block, $"a record in it {_keys.WhyNot(keyId)}");
        _restored = new RestoredBlock(number, bytes);
        return bytes;
    }

    // As it was compressed.
    byte[] Reduced(int number, in ColdIndex.Block block)
    {
        if (_cache.Find(Header.StartAddress, number) is { } kept)
            return kept;
        var stored = new byte[block.StoredBytes];
        _inner.ReadZeroFilled(stored, block.Offset);
        if (Crc32C.Compute(stored) != block.Crc)
            throw Damaged(block, "its checksum does not hold");

        Span<byte> compressed = stored;
        if (Header.KeyId != 0)
        {
            using var cipher = _keys.CreateColdCipher(Header.KeyId, Header.StartAddress, Header.Salt)
                ?? throw Damaged(block, $"it {_keys.WhyNot(Header.KeyId)}");
            if (!ColdCipher.TryDecrypt(cipher, number, block, stored))
                throw Damaged(block, $"it {_keys.WhyNot(Header.KeyId)}");
            compressed = compressed[..^ColdCipher.TagBytes];
        }
        var bytes = new byte[block.Bytes];
        if (!BrotliDecoder.TryDecompress(compressed, bytes, out var length) || length != bytes.Length)
            throw Damaged(block, "it cannot be decompressed");

        _cache.Add(Header.StartAddress, number, bytes);
        return bytes;
    }

    IOException Damaged(in ColdIndex.Block block, string reason) =>
        new($"{_path} cannot be read at the block at offset {block.Offset} (address {block.Address:x16}): {reason}.");

    InvalidOperationException Immutable() => new($"{_path} is a cold file, which is never written.");

    sealed record RestoredBlock(int Number, byte[] Bytes);
}
