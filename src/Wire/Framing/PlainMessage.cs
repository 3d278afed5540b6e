using System.Buffers.Binary;

namespace Wire.Framing;

/// <summary>
/// Reads a message of the plain shape in place: one body, no unknown field, each tag in one byte. Of a field that comes twice the
/// last counts, as everywhere in protobuf.
/// </summary>
/// <remarks>
/// <code>
/// 42 len                     Frame.message, to the end of the frame
///    09 id (8 bytes)         12 len session_id       18 sequence      21 timestamp_unix_ns (8 bytes)
///    28 channel   30 role    3A len sender           40 publish_id    4A len payload
///    50 kind                 58 in_reply_to          60 finish
/// </code>
/// Whatever else it is, malformed or only unusual, is refused here and decided by the generated parser. So this one accepts
/// nothing that the generated parser reads differently. Of an enum, which is an int32, both keep the low 32 bits.
/// </remarks>
internal static class PlainMessage
{
    private const int Fixed64 = 1;

    public static bool TryRead(byte[] buffer, int offset, int length, out MessageSlice message)
    {
        message = default;
        message.Buffer = buffer;
        var frame = new ReadOnlySpan<byte>(buffer, offset, length);
        var position = BodyHeader.Read(frame, FieldTag.Frame.Message);
        while ((uint)(position + 1) < (uint)frame.Length)
        {
            uint tag = frame[position++];
            ulong value;
            if ((tag & 7) == Fixed64)
            {
                if (frame.Length - position < sizeof(ulong))
                    return false;
                value = BinaryPrimitives.ReadUInt64LittleEndian(frame[position..]);
                position += sizeof(ulong);
            }
            else
            {
                value = frame[position++];
                if (value >= 0x80)
                {
                    position = Varint.ReadOn(frame, position, value, out var whole);
                    value = whole;
                }
            }

            switch (tag)
            {
                case FieldTag.Message.Id:
                    message.Id = value;
                    break;
                case FieldTag.Message.SessionId:
                    if (value > (uint)(frame.Length - position))
                        return false;
                    message.SessionOffset = offset + position;
                    message.SessionLength = (int)value;
                    position += (int)value;
                    break;
                case FieldTag.Message.Sequence:
                    message.Sequence = value;
                    break;
                case FieldTag.Message.TimestampUnixNs:
                    message.TimestampUnixNs = (long)value;
                    break;
                case FieldTag.Message.Channel:
                    message.Channel = (int)value;
                    break;
                case FieldTag.Message.Role:
                    message.Role = (int)value;
                    break;
                case FieldTag.Message.Sender:
                    if (value > (uint)(frame.Length - position))
                        return false;
                    message.SenderOffset = offset + position;
                    message.SenderLength = (int)value;
                    position += (int)value;
                    break;
                case FieldTag.Message.PublishId:
                    message.PublishId = value;
                    break;
                case FieldTag.Message.Payload:
                    if (value > (uint)(frame.Length - position))
                        return false;
                    message.PayloadOffset = offset + position;
                    message.PayloadLength = (int)value;
                    position += (int)value;
                    break;
                case FieldTag.Message.Kind:
                    message.Kind = (int)value;
                    break;
                case FieldTag.Message.InReplyTo:
                    message.InReplyTo = value;
                    break;
                case FieldTag.Message.Finish:
                    message.Finish = (int)value;
                    break;
                default:
                    return false;
            }
        }
        return position == frame.Length;
    }
}
