namespace Wire.Framing;

/// <summary>
/// Reads a message of the plain shape in place: one body, each field at most once, each tag in one byte, no unknown field.
/// </summary>
/// <remarks>
/// <code>
/// 42 len                     Frame.message, to the end of the frame
///    09 id (8 bytes)         12 len session_id       18 sequence      21 timestamp_unix_ns (8 bytes)
///    28 channel   30 role    3A len sender           40 publish_id    4A len payload
///    50 kind                 58 in_reply_to          60 finish
/// </code>
/// Whatever else it is, malformed or only unusual, is refused here and decided by the generated parser.
/// </remarks>
internal static class PlainMessage
{
    public static bool TryRead(byte[] buffer, int offset, int length, out MessageSlice message)
    {
        var frame = new ReadOnlySpan<byte>(buffer, offset, length);
        message = default;
        if (frame.Length < 2 || frame[0] != FieldTag.Frame.Message)
            return false;
        var position = 1;
        if (!FieldReader.TryReadLength(frame, ref position, out var rest) || rest != frame.Length - position)
            return false;

        uint seen = 0;
        message.Buffer = buffer;
        while ((uint)position < (uint)frame.Length)
        {
            uint tag = frame[position++];
            var field = 1u << (int)(tag >> 3);
            if ((seen & field) != 0)
                return false;
            seen |= field;

            switch (tag)
            {
                case FieldTag.Message.Id:
                    if (!FieldReader.TryReadFixed64(frame, ref position, out message.Id))
                        return false;
                    break;
                case FieldTag.Message.SessionId:
                    if (!FieldReader.TryReadLength(frame, ref position, out message.SessionLength))
                        return false;
                    message.SessionOffset = offset + position;
                    position += message.SessionLength;
                    break;
                case FieldTag.Message.Sequence:
                    if (!FieldReader.TryReadVarint(frame, ref position, out message.Sequence))
                        return false;
                    break;
                case FieldTag.Message.TimestampUnixNs:
                    if (!FieldReader.TryReadFixed64(frame, ref position, out var timestamp))
                        return false;
                    message.TimestampUnixNs = (long)timestamp;
                    break;
                case FieldTag.Message.Channel:
                    if (!FieldReader.TryReadInt32(frame, ref position, out message.Channel))
                        return false;
                    break;
                case FieldTag.Message.Role:
                    if (!FieldReader.TryReadInt32(frame, ref position, out message.Role))
                        return false;
                    break;
                case FieldTag.Message.Sender:
                    if (!FieldReader.TryReadLength(frame, ref position, out message.SenderLength))
                        return false;
                    message.SenderOffset = offset + position;
                    position += message.SenderLength;
                    break;
                case FieldTag.Message.PublishId:
                    if (!FieldReader.TryReadVarint(frame, ref position, out message.PublishId))
                        return false;
                    break;
                case FieldTag.Message.Payload:
                    if (!FieldReader.TryReadLength(frame, ref position, out message.PayloadLength))
                        return false;
                    message.PayloadOffset = offset + position;
                    position += message.PayloadLength;
                    break;
                case FieldTag.Message.Kind:
                    if (!FieldReader.TryReadInt32(frame, ref position, out message.Kind))
                        return false;
                    break;
                case FieldTag.Message.InReplyTo:
                    if (!FieldReader.TryReadVarint(frame, ref position, out message.InReplyTo))
                        return false;
                    break;
                case FieldTag.Message.Finish:
                    if (!FieldReader.TryReadInt32(frame, ref position, out message.Finish))
                        return false;
                    break;
                default:
                    return false;
            }
        }
        return true;
    }
}
