using System.Buffers.Binary;
using Wire.Log;

namespace Wire.Storage.Segments;

/// <summary>
/// The first block of a segment file, before its pages, little-endian:
/// <code>
///   0  8 bytes  "WIRESEGM"
///   8  u32      crc32c of bytes 12 to 4095
///  12  u32      version of the segment's format (1)
///  16  16 bytes id of the folder
///  32  i64      address of the first page
///  40  i64      bytes of pages that the file has room for
///  48  u32      bytes in a page
///  52  u32      number of the node that wrote the file's messages
///  56  i64      when the file was begun, nanoseconds since 1970-01-01T00:00:00Z
///  64           zeros
/// </code>
/// The pages follow at offset 4096: the byte at address A is at offset 4096 + A - (address of the first page).
/// </summary>
internal readonly record struct SegmentHeader(Guid FolderId, long StartAddress, long Capacity, int PageBytes, int NodeId, long BegunAt)
{
    public const int Size = 4096;
    public const uint CurrentVersion = 1;

    static ReadOnlySpan<byte> Magic => "WIRESEGM"u8;

    public void Write(Span<byte> block)
    {
        block.Clear();
        Magic.CopyTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], CurrentVersion);
        FolderId.TryWriteBytes(block.Slice(16, 16));
        BinaryPrimitives.WriteInt64LittleEndian(block[32..], StartAddress);
        BinaryPrimitives.WriteInt64LittleEndian(block[40..], Capacity);
        BinaryPrimitives.WriteInt32LittleEndian(block[48..], PageBytes);
        BinaryPrimitives.WriteInt32LittleEndian(block[52..], NodeId);
        BinaryPrimitives.WriteInt64LittleEndian(block[56..], BegunAt);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], Crc32C.Compute(block[12..Size]));
    }

    /// <exception cref="LogException">The block is not a header that this version can read.</exception>
    public static SegmentHeader Read(ReadOnlySpan<byte> block, string path)
    {
        if (!block.StartsWith(Magic))
            throw new LogException($"{path} is not a segment of a log of Wire (offset 0). {Advice}");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(block[12..]);
        if (version > CurrentVersion)
            throw new LogException($"{path} (offset 12) has format {version}; this version of Wire reads up to {CurrentVersion}. Use a newer version of Wire.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(block[8..]) != Crc32C.Compute(block[12..Size]))
            throw new LogException($"{path} is damaged (offset 8: the checksum of its header does not hold). {Advice}");
        return new SegmentHeader(
            new Guid(block.Slice(16, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(block[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[40..]),
            BinaryPrimitives.ReadInt32LittleEndian(block[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(block[52..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[56..]));
    }

    public const string Advice = "Restore it from a copy, or move the data folder away to start with an empty log.";
}
