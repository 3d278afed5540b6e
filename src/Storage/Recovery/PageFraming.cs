using System.Buffers.Binary;

namespace Wire.Storage.Recovery;

/// <summary>
/// How FASTER lays records into pages, when no checksum of its own is on: an entry is an i32 length and that many bytes, padded
/// to four. None crosses a page; a length of 0 says that the rest of the page is unused, and the next record begins the next
/// page. The first 64 bytes of the address space are unused.
/// </summary>
internal static class PageFraming
{
    public const int LengthBytes = 4;
    public const long FirstAddress = 64;

    /// <summary>Bytes of the log that a record takes.</summary>
    public static int EntryBytes(int recordLength) => LengthBytes + ((recordLength + 3) & ~3);

    /// <summary>The record whose entry begins at the head of <paramref name="rest"/>, which ends with the page; false where no length can stand.</summary>
    public static bool TryGetRecord(ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (rest.Length < LengthBytes)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (length <= 0 || length > rest.Length - LengthBytes)
            return false;
        record = rest.Slice(LengthBytes, length);
        return true;
    }

    /// <summary>Whether the rest of the page is said to be unused.</summary>
    public static bool IsUnused(ReadOnlySpan<byte> rest) =>
        rest.Length < LengthBytes || BinaryPrimitives.ReadInt32LittleEndian(rest) == 0;
}
