namespace Wire.Framing;

/// <summary>
/// Reads a publish of the plain shape in place: one body, no unknown field, each tag in one byte. Of a field that comes twice the
/// last counts, as everywhere in protobuf.
/// </summary>
/// <remarks>
/// <code>
/// 1A len                     Frame.publish, to the end of the frame
///    0A len session_id       10 publish_id        1A len payload
///    20 kind     28 channel  30 durability        38 in_reply_to     40 expected_head
/// </code>
/// Whatever else it is, malformed or only unusual, is refused here and decided by the generated parser. So this one accepts
/// nothing that the generated parser reads differently. Of an enum, which is an int32, both keep the low 32 bits.
/// </remarks>
internal static class PlainPublish
{
    public static bool TryRead(byte[] buffer, int offset, int length, out PublishSlice publish)
    {
        publish = default;
        publish.Buffer = buffer;
        var frame = new ReadOnlySpan<byte>(buffer, offset, length);
        var position = BodyHeader.Read(frame, FieldTag.Frame.Publish);
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
                case FieldTag.Publish.SessionId:
                    if (value > (uint)(frame.Length - position))
                        return false;
                    publish.SessionOffset = offset + position;
                    publish.SessionLength = (int)value;
                    position += (int)value;
                    break;
                case FieldTag.Publish.PublishId:
                    publish.PublishId = value;
                    break;
                case FieldTag.Publish.Payload:
                    if (value > (uint)(frame.Length - position))
                        return false;
                    publish.PayloadOffset = offset + position;
                    publish.PayloadLength = (int)value;
                    position += (int)value;
                    break;
                case FieldTag.Publish.Kind:
                    publish.Kind = (int)value;
                    break;
                case FieldTag.Publish.Channel:
                    publish.Channel = (int)value;
                    break;
                case FieldTag.Publish.Durability:
                    publish.Durability = (int)value;
                    break;
                case FieldTag.Publish.InReplyTo:
                    publish.InReplyTo = value;
                    break;
                case FieldTag.Publish.ExpectedHead:
                    publish.ExpectedHead = value;
                    publish.HasExpectedHead = true;
                    break;
                default:
                    return false;
            }
        }
        return position == frame.Length;
    }
}
