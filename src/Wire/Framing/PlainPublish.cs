namespace Wire.Framing;

/// <summary>
/// Reads a publish of the plain shape in place: one body, each field at most once, each tag in one byte, no unknown field.
/// </summary>
/// <remarks>
/// <code>
/// 1A len                     Frame.publish, to the end of the frame
///    0A len session_id       10 publish_id        1A len payload
///    20 kind     28 channel  30 durability        38 in_reply_to     40 expected_head
/// </code>
/// Whatever else it is, malformed or only unusual, is refused here and decided by the generated parser. So this one accepts
/// nothing that the generated parser reads differently.
/// </remarks>
internal static class PlainPublish
{
    public static bool TryRead(byte[] buffer, int offset, int length, out PublishSlice publish)
    {
        var frame = new ReadOnlySpan<byte>(buffer, offset, length);
        publish = default;
        if (frame.Length < 2 || frame[0] != FieldTag.Frame.Publish)
            return false;
        var position = 1;
        if (!FieldReader.TryReadLength(frame, ref position, out var rest) || rest != frame.Length - position)
            return false;

        uint seen = 0;
        publish.Buffer = buffer;
        while ((uint)position < (uint)frame.Length)
        {
            uint tag = frame[position++];
            var field = 1u << (int)(tag >> 3);
            if ((seen & field) != 0)
                return false;
            seen |= field;

            switch (tag)
            {
                case FieldTag.Publish.SessionId:
                    if (!FieldReader.TryReadLength(frame, ref position, out publish.SessionLength))
                        return false;
                    publish.SessionOffset = offset + position;
                    position += publish.SessionLength;
                    break;
                case FieldTag.Publish.PublishId:
                    if (!FieldReader.TryReadVarint(frame, ref position, out publish.PublishId))
                        return false;
                    break;
                case FieldTag.Publish.Payload:
                    if (!FieldReader.TryReadLength(frame, ref position, out publish.PayloadLength))
                        return false;
                    publish.PayloadOffset = offset + position;
                    position += publish.PayloadLength;
                    break;
                case FieldTag.Publish.Kind:
                    if (!FieldReader.TryReadInt32(frame, ref position, out publish.Kind))
                        return false;
                    break;
                case FieldTag.Publish.Channel:
                    if (!FieldReader.TryReadInt32(frame, ref position, out publish.Channel))
                        return false;
                    break;
                case FieldTag.Publish.Durability:
                    if (!FieldReader.TryReadInt32(frame, ref position, out publish.Durability))
                        return false;
                    break;
                case FieldTag.Publish.InReplyTo:
                    if (!FieldReader.TryReadVarint(frame, ref position, out publish.InReplyTo))
                        return false;
                    break;
                case FieldTag.Publish.ExpectedHead:
                    if (!FieldReader.TryReadVarint(frame, ref position, out publish.ExpectedHead))
                        return false;
                    publish.HasExpectedHead = true;
                    break;
                default:
                    return false;
            }
        }
        return true;
    }
}
