namespace Wire.Framing;

/// <summary>
/// Reads an acknowledgement of the plain shape in place: one body, no unknown field, each tag in one byte. Of a field that comes twice the
/// last counts, as everywhere in protobuf.
/// </summary>
/// <remarks>
/// <code>
/// 22 len                     Frame.ack, to the end of the frame
///    0A len session_id       10 publish_id   18 sequence
///    20 count                28 duplicate    30 durability
/// </code>
/// Whatever else it is, malformed or only unusual, is refused here and decided by the generated parser. So this one accepts
/// nothing that the generated parser reads differently. Of an enum, which is an int32, both keep the low 32 bits.
/// </remarks>
internal static class PlainAck
{
    public static bool TryRead(byte[] buffer, int offset, int length, out AckSlice ack)
    {
        ack = default;
        ack.Buffer = buffer;
        var frame = new ReadOnlySpan<byte>(buffer, offset, length);
        var position = BodyHeader.Read(frame, FieldTag.Frame.Ack);
        while ((uint)(position + 1) < (uint)frame.Length)
        {
            uint tag = frame[position++];
            ulong value = frame[position++];
            if (value >= 0x80)
            {
                position = Varint.ReadOn(frame, position, value, out var whole);
                value = whole;
            }

            switch (tag)
            {
                case FieldTag.Ack.SessionId:
                    if (value > (uint)(frame.Length - position))
                        return false;
                    ack.SessionOffset = offset + position;
                    ack.SessionLength = (int)value;
                    position += (int)value;
                    break;
                case FieldTag.Ack.PublishId:
                    ack.PublishId = value;
                    break;
                case FieldTag.Ack.Sequence:
                    ack.Sequence = value;
                    break;
                case FieldTag.Ack.Count:
                    ack.Count = (uint)value;
                    break;
                case FieldTag.Ack.Duplicate:
                    ack.Duplicate = value != 0;
                    break;
                case FieldTag.Ack.Durability:
                    ack.Durability = (int)value;
                    break;
                default:
                    return false;
            }
        }
        return position == frame.Length;
    }
}
