using System.Buffers.Binary;
using System.Globalization;
using Wire.Log;
using Wire.Storage.Segments;

namespace Wire.Storage.Compaction;

/// <summary>
/// The first block of a cold file, a segment's file in compressed form (<c>segments/wire-&lt;address&gt;.cold</c>), little-endian:
/// <code>
///   0  8 bytes  "WIRECOLD"
///   8  u32      crc32c of bytes 12 to 4095
///  12  u32      version of the format (1)
///  16  16 bytes id of the folder
///  32  i64      address of the first page
///  40  i64      address behind the last page: where the next file begins
///  48  u32      number of the key that the blocks are encrypted with, 0 for none
///  52  u32      count of blocks
///  56  u64      salt of the data key
///  64  i64      offset of the block index
///  72  u32      crc32c of the block index
///  76           zeros
/// 128  64 bytes the head of the segment's own header (SegmentHeader), whose rest is zeros
/// 192           zeros
/// 4096          the blocks, one after the other; then the block index, for each of them:
///               i64 address · i64 offset · u32 bytes of pages · u32 bytes stored · u32 crc32c of what is stored
/// </code>
/// A block is a piece of one page, of whole entries, in Brotli, and encrypted after that where there is a key. Pages that are in
/// no block are zeros. Before they are compressed, its records are decrypted and their CRCs and tags set to zero; both are
/// computed anew when it is read, so that a cold file reads byte for byte as the file that it took the place of.
/// </summary>
internal readonly record struct ColdHeader(Guid FolderId, long StartAddress, long EndAddress, uint KeyId, int BlockCount, ulong Salt,
    long IndexOffset, uint IndexCrc)
{
    public const int Size = 4096;
    public const uint CurrentVersion = 1;
    public const int SegmentHeaderAt = 128, SegmentHeaderBytes = 64;
    public const int IndexEntryBytes = 28;
    public const string Suffix = ".cold";

    static ReadOnlySpan<byte> Magic => "WIRECOLD"u8;

    public static string NameFor(long startAddress) => string.Create(CultureInfo.InvariantCulture, $"wire-{startAddress:x16}{Suffix}");

    /// <summary>Bytes of the block index.</summary>
    public int IndexBytes => BlockCount * IndexEntryBytes;

    /// <summary>Writes the block; <paramref name="segmentHeader"/> is the first of the segment's own file.</summary>
    public void Write(Span<byte> block, ReadOnlySpan<byte> segmentHeader)
    {
        block.Clear();
        Magic.CopyTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], CurrentVersion);
        FolderId.TryWriteBytes(block.Slice(16, 16));
        BinaryPrimitives.WriteInt64LittleEndian(block[32..], StartAddress);
        BinaryPrimitives.WriteInt64LittleEndian(block[40..], EndAddress);
        BinaryPrimitives.WriteUInt32LittleEndian(block[48..], KeyId);
        BinaryPrimitives.WriteInt32LittleEndian(block[52..], BlockCount);
        BinaryPrimitives.WriteUInt64LittleEndian(block[56..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(block[64..], IndexOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(block[72..], IndexCrc);
        segmentHeader[..SegmentHeaderBytes].CopyTo(block[SegmentHeaderAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], Crc32C.Compute(block[12..Size]));
    }

    /// <exception cref="LogException">The block is not a header that this version can read.</exception>
    public static ColdHeader Read(ReadOnlySpan<byte> block, string path)
    {
        if (!block.StartsWith(Magic))
            throw new LogException($"{path} is not a compacted segment of a log of Wire (offset 0). {SegmentHeader.Advice}");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(block[12..]);
        if (version > CurrentVersion)
            throw new LogException($"{path} (offset 12) has format {version}; this version of Wire reads up to {CurrentVersion}. Use a newer version of Wire.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(block[8..]) != Crc32C.Compute(block[12..Size]))
            throw new LogException($"{path} is damaged (offset 8: the checksum of its header does not hold). {SegmentHeader.Advice}");
        return new ColdHeader(
            new Guid(block.Slice(16, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(block[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(block[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(block[52..]),
            BinaryPrimitives.ReadUInt64LittleEndian(block[56..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[64..]),
            BinaryPrimitives.ReadUInt32LittleEndian(block[72..]));
    }
}
