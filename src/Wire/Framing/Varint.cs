using System.Numerics;
using System.Runtime.CompilerServices;

namespace Wire.Framing;

/// <summary>Protobuf's base-128 varint: seven bits a byte, the lowest first, the top bit set on all bytes but the last.</summary>
internal static class Varint
{
    /// <summary>The most bytes of a varint of 64 bits, and of a negative int32 or enum.</summary>
    public const int MaxBytes = 10;

    /// <summary>
    /// Reads a varint of at most 64 bits. False where the bytes end too early, and where it is longer than 64 bits: what a
    /// parser makes of those is left to the generated one.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> source, ref int position, out ulong value)
    {
        var at = position;
        value = 0;
        for (var shift = 0; shift < 63 && (uint)at < (uint)source.Length; shift += 7)
        {
            uint next = source[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                position = at;
                return true;
            }
        }

        // The tenth byte has one bit left to give.
        if (at - position == MaxBytes - 1 && (uint)at < (uint)source.Length && source[at] <= 1)
        {
            value |= (ulong)source[at] << 63;
            position = at + 1;
            return true;
        }
        return false;
    }

    /// <summary>The bytes that <paramref name="value"/> takes, 1 to 10.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Size(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) >> 6;

    /// <summary>Writes <paramref name="value"/> at <paramref name="position"/>, and returns the position after it.</summary>
    public static int Write(Span<byte> destination, int position, ulong value)
    {
        while (value >= 0x80)
        {
            destination[position++] = (byte)(value | 0x80);
            value >>= 7;
        }
        destination[position] = (byte)value;
        return position + 1;
    }
}
