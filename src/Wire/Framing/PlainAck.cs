namespace Wire.Framing;

/// <summary>
/// Reads an acknowledgement of the plain shape in place: one body, each field at most once, each tag in one byte, no unknown field.
/// </summary>
/// <remarks>
/// <code>
/// 22 len                     Frame.ack, to the end of the frame
///    0A len session_id       10 publish_id   18 sequence
///    20 count                28 duplicate    30 durability
/// </code>
/// Whatever else it is, malformed or only unusual, is refused here and decided by the generated parser.
/// </remarks>
internal static class PlainAck
{
    public static bool TryRead(byte[] buffer, int offset, int length, out AckSlice ack)
    {
        var frame = new ReadOnlySpan<byte>(buffer, offset, length);
        ack = default;
        if (frame.Length < 2 || frame[0] != FieldTag.Frame.Ack)
            return false;
        var position = 1;
        if (!FieldReader.TryReadLength(frame, ref position, out var rest) || rest != frame.Length - position)
            return false;

        uint seen = 0;
        ack.Buffer = buffer;
        while ((uint)position < (uint)frame.Length)
        {
            uint tag = frame[position++];
            var field = 1u << (int)(tag >> 3);
            if ((seen & field) != 0)
                return false;
            seen |= field;

            switch (tag)
            {
                case FieldTag.Ack.SessionId:
                    if (!FieldReader.TryReadLength(frame, ref position, out ack.SessionLength))
                        return false;
                    ack.SessionOffset = offset + position;
                    position += ack.SessionLength;
                    break;
                case FieldTag.Ack.PublishId:
                    if (!FieldReader.TryReadVarint(frame, ref position, out ack.PublishId))
                        return false;
                    break;
                case FieldTag.Ack.Sequence:
                    if (!FieldReader.TryReadVarint(frame, ref position, out ack.Sequence))
                        return false;
                    break;
                case FieldTag.Ack.Count:
                    if (!FieldReader.TryReadInt32(frame, ref position, out var count))
                        return false;
                    ack.Count = (uint)count;
                    break;
                case FieldTag.Ack.Duplicate:
                    if (!FieldReader.TryReadBool(frame, ref position, out ack.Duplicate))
                        return false;
                    break;
                case FieldTag.Ack.Durability:
                    if (!FieldReader.TryReadInt32(frame, ref position, out ack.Durability))
                        return false;
                    break;
                default:
                    return false;
            }
        }
        return true;
    }
}
