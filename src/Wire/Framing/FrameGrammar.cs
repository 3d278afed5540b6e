namespace Wire.Framing;

/// <summary>
/// Decides whether bytes are a <c>Frame</c> in protobuf's wire format, before the generated parser makes objects of them.
/// </summary>
/// <remarks>
/// <para>
/// It accepts what Google.Protobuf's parser of <c>Frame</c> accepts, which alone is not enough: that parser, given a nested
/// length near the largest int, throws exceptions that are no verdict on the message but defects (of its limit, which
/// overflows); it keeps unknown fields as objects, 50 bytes for each byte received; and told to discard them, it lets the
/// wire types 6 and 7 pass. With this walk ahead of it, it is given only what it can read, and discards what it does not know.
/// </para>
/// <para>
/// A message is fields; a field is a tag (number and wire type, as a varint of which the low 32 bits count) and its value:
/// </para>
/// <code>
/// 0 varint, 1 to 10 bytes   1 eight bytes   2 length (low 32 bits), bytes   3 fields up to type 4 of that number   5 four bytes
/// </code>
/// </remarks>
internal static class FrameGrammar
{
    // Google.Protobuf's limit on messages and groups within each other, as it counts them when it skips a group.
    private const int MaxDepth = 99;

    private const int GroupEnd = 4;
    private const int PageNumber = 10;
    private const int PageMessagesNumber = 5;

    private enum MessageType
    {
        Frame,
        Page,

        /// <summary>One whose fields are no messages.</summary>
        Flat,
    }

    public static bool Accepts(ReadOnlySpan<byte> frame) => AcceptsMessage(frame, MessageType.Frame, 0);

    private static bool AcceptsMessage(ReadOnlySpan<byte> bytes, MessageType type, int depth)
    {
        var position = 0;
        while (position < bytes.Length)
        {
            if (!TryReadTag(bytes, ref position, out var tag) || !TrySkipValue(bytes, ref position, tag, depth, out var nested))
                return false;
            if (NestedType(type, tag) is { } nestedType && !AcceptsMessage(nested, nestedType, depth + 1))
                return false;
        }
        return true;
    }

    private static MessageType? NestedType(MessageType type, uint tag)
    {
        if ((tag & 7) != 2)
            return null;
        return (type, tag >> 3) switch
        {
            (MessageType.Frame, PageNumber) => MessageType.Page,
            (MessageType.Frame, >= 1 and <= 17) => MessageType.Flat,
            (MessageType.Page, PageMessagesNumber) => MessageType.Flat,
            _ => null,
        };
    }

    private static bool TryReadTag(ReadOnlySpan<byte> bytes, ref int position, out uint tag)
    {
        var read = TryReadVarint(bytes, ref position, out tag);
        return read && tag >> 3 != 0;
    }

    private static bool TrySkipValue(ReadOnlySpan<byte> bytes, ref int position, uint tag, int depth, out ReadOnlySpan<byte> nested)
    {
        nested = default;
        switch (tag & 7)
        {
            case 0:
                return TryReadVarint(bytes, ref position, out _);
            case 1:
                position += sizeof(ulong);
                return position <= bytes.Length;
            case 2:
                // More than the largest int would be a negative length: that, too, is more than there is.
                if (!TryReadVarint(bytes, ref position, out var length) || length > (uint)(bytes.Length - position))
                    return false;
                nested = bytes.Slice(position, (int)length);
                position += (int)length;
                return true;
            case 3:
                return TrySkipGroup(bytes, ref position, tag, depth + 1);
            case 5:
                position += sizeof(uint);
                return position <= bytes.Length;
            default:
                return false;
        }
    }

    private static bool TrySkipGroup(ReadOnlySpan<byte> bytes, ref int position, uint startTag, int depth)
    {
        if (depth > MaxDepth)
            return false;
        while (TryReadTag(bytes, ref position, out var tag))
        {
            if ((tag & 7) == GroupEnd)
                return tag >> 3 == startTag >> 3;
            if (!TrySkipValue(bytes, ref position, tag, depth, out _))
                return false;
        }
        return false;
    }

    private static bool TryReadVarint(ReadOnlySpan<byte> bytes, ref int position, out uint low32)
    {
        low32 = 0;
        for (var count = 0; count < Varint.MaxBytes && (uint)position < (uint)bytes.Length; count++)
        {
            var next = bytes[position++];
            if (count < 5)
                low32 |= (uint)(next & 0x7F) << (7 * count);
            if (next < 0x80)
                return true;
        }
        return false;
    }
}
