using System.Buffers.Binary;

namespace Wire.Storage.Compaction;

/// <summary>The block index of a cold file, in the bytes in which it is stored.</summary>
internal readonly ref struct ColdIndex(ReadOnlySpan<byte> bytes)
{
    readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Count => _bytes.Length / ColdHeader.IndexEntryBytes;

    public Block this[int number]
    {
        get
        {
            var entry = _bytes.Slice(number * ColdHeader.IndexEntryBytes, ColdHeader.IndexEntryBytes);
            return new Block(
                BinaryPrimitives.ReadInt64LittleEndian(entry),
                BinaryPrimitives.ReadInt64LittleEndian(entry[8..]),
                BinaryPrimitives.ReadInt32LittleEndian(entry[16..]),
                BinaryPrimitives.ReadInt32LittleEndian(entry[20..]),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]));
        }
    }

    public static void Write(Span<byte> entry, in Block block)
    {
        BinaryPrimitives.WriteInt64LittleEndian(entry, block.Address);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], block.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(entry[16..], block.Bytes);
        BinaryPrimitives.WriteInt32LittleEndian(entry[20..], block.StoredBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], block.Crc);
    }

    /// <summary>The last block that begins at or before an address; -1 where there is none.</summary>
    public int LastAtOrBefore(long address)
    {
        int low = 0, high = Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (this[middle].Address <= address)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return high;
    }

    /// <param name="Address">Of its first byte in the log.</param>
    /// <param name="Offset">Where it is stored in the file.</param>
    /// <param name="Bytes">How many of the page's bytes it holds.</param>
    /// <param name="StoredBytes">How many it has in the file.</param>
    /// <param name="Crc">Of those.</param>
    public readonly record struct Block(long Address, long Offset, int Bytes, int StoredBytes, uint Crc);
}
