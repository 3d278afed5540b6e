using System.Buffers.Binary;

namespace Wire.Framing;

/// <summary>
/// Reads the values of fields within the bytes of one frame. Each answers false where the generated parser would refuse the
/// bytes, and where they are so unusual that it had better decide.
/// </summary>
internal static class FieldReader
{
    public static bool TryReadVarint(ReadOnlySpan<byte> frame, ref int position, out ulong value)
    {
        if ((uint)position < (uint)frame.Length && frame[position] < 0x80)
        {
            value = frame[position++];
            return true;
        }
        return Varint.TryRead(frame, ref position, out value);
    }

    /// <summary>Reads the length of what follows, which lies within the frame.</summary>
    public static bool TryReadLength(ReadOnlySpan<byte> frame, ref int position, out int length)
    {
        if (!TryReadVarint(frame, ref position, out var value) || value > (uint)(frame.Length - position))
        {
            length = 0;
            return false;
        }
        length = (int)value;
        return true;
    }

    /// <summary>Reads an enum, an int32 or a uint32: as the generated parser does, the low 32 bits of whatever came.</summary>
    public static bool TryReadInt32(ReadOnlySpan<byte> frame, ref int position, out int number)
    {
        var read = TryReadVarint(frame, ref position, out var value);
        number = (int)value;
        return read;
    }

    public static bool TryReadBool(ReadOnlySpan<byte> frame, ref int position, out bool flag)
    {
        var read = TryReadVarint(frame, ref position, out var value);
        flag = value != 0;
        return read;
    }

    public static bool TryReadFixed64(ReadOnlySpan<byte> frame, ref int position, out ulong value)
    {
        if (!BinaryPrimitives.TryReadUInt64LittleEndian(frame[position..], out value))
            return false;
        position += sizeof(ulong);
        return true;
    }
}
