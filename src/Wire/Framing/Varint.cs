using System.Numerics;

namespace Wire.Framing;

/// <summary>Protobuf's base-128 varint: seven bits a byte, the lowest first, the top bit set on all bytes but the last.</summary>
internal static class Varint
{
    /// <summary>The most bytes of a varint of 64 bits, and of a negative int32 or enum.</summary>
    public const int MaxBytes = 10;

    /// <summary>
    /// A position beyond any frame: where a value could not be read, so that whoever reads on from there neither finds a
    /// field nor ends at the frame's end.
    /// </summary>
    public const int Malformed = 1 << 30;

    /// <summary>
    /// Reads a varint of more than one byte on from its second, and returns the position after it, or
    /// <see cref="Malformed"/> where the bytes end too early or there are more than ten.
    /// </summary>
    /// <param name="source">The bytes.</param>
    /// <param name="position">That of the second byte.</param>
    /// <param name="first">The first byte, which says that there is a second.</param>
    /// <param name="value">The whole.</param>
    public static int ReadOn(ReadOnlySpan<byte> source, int position, ulong first, out ulong value)
    {
        if ((uint)position < (uint)source.Length && source[position] < 0x80)
        {
            value = (first & 0x7F) | ((ulong)source[position] << 7);
            return position + 1;
        }
        return ReadOnLonger(source, position, first, out value);
    }

    private static int ReadOnLonger(ReadOnlySpan<byte> source, int position, ulong first, out ulong value)
    {
        value = first & 0x7F;
        for (var shift = 7; shift < 64 && (uint)position < (uint)source.Length; shift += 7)
        {
            // Of the tenth byte one bit counts, and whatever else it has is dropped.
            ulong next = source[position++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
                return position;
        }
        value = 0;
        return Malformed;
    }

    /// <summary>The bytes that <paramref name="value"/> takes, 1 to 10.</summary>
    public static int Size(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) >> 6;

    /// <summary>Writes <paramref name="value"/> at <paramref name="position"/>, and returns the position after it.</summary>
    public static int Write(Span<byte> destination, int position, ulong value)
    {
        if (value >= 0x80)
            return WriteLonger(destination, position, value);
        destination[position] = (byte)value;
        return position + 1;
    }

    private static int WriteLonger(Span<byte> destination, int position, ulong value)
    {
        do
        {
            destination[position++] = (byte)(value | 0x80);
            value >>= 7;
        }
        while (value >= 0x80);
        destination[position] = (byte)value;
        return position + 1;
    }
}
