namespace Wire.Framing;

internal static partial class FrameWriter
{
    /// <summary>
    /// The most bytes that <see cref="WriteMessage"/> and <see cref="WriteMessageField"/> write beyond the payload, for ids
    /// of at most 128 bytes.
    /// </summary>
    public const int MaxMessageOverheadBytes = (2 * MaxPrefixBytes) + 1 + (2 * Fixed64FieldBytes) + (2 * MaxIdFieldBytes)
        + (7 * MaxVarintFieldBytes) + 1 + MaxPrefixBytes;

    /// <summary>The bytes that <see cref="WriteMessage"/> writes for these values.</summary>
    public static int MessageSize(in MessageView message) => FrameSize(MessageFieldsSize(message));

    /// <summary>Writes a Message as a frame of its own.</summary>
    public static int WriteMessage(Span<byte> destination, in MessageView message)
    {
        var writer = Begin(destination, FieldTag.Frame.Message, MessageFieldsSize(message));
        WriteMessageFields(ref writer, message);
        return writer.Position;
    }

    /// <summary>The bytes that <see cref="WriteMessageField"/> writes for these values.</summary>
    public static int MessageFieldSize(in MessageView message) => MessageFieldSizeOf(MessageFieldsSize(message));

    /// <summary>The same, where the size of its fields is known.</summary>
    public static int MessageFieldSizeOf(int fieldsSize) => FieldWriter.LengthDelimitedSize(fieldsSize);

    /// <summary>Writes a Message as one of <c>Page.messages</c>.</summary>
    public static int WriteMessageField(Span<byte> destination, in MessageView message) =>
        WriteSizedMessageField(destination, message, MessageFieldsSize(message));

    /// <summary>The same, where the size of its fields is known.</summary>
    public static int WriteSizedMessageField(Span<byte> destination, in MessageView message, int fieldsSize)
    {
        var writer = new FieldWriter(destination);
        writer.LengthDelimited(FieldTag.Page.Messages, fieldsSize);
        WriteMessageFields(ref writer, message);
        return writer.Position;
    }

    /// <summary>The bytes of a Message's fields.</summary>
    public static int MessageFieldsSize(in MessageView message)
        => FieldWriter.Fixed64Size(message.Id)
        + FieldWriter.BytesSize(message.SessionId.Length)
        + FieldWriter.VarintSize(message.Sequence)
        + FieldWriter.Fixed64Size((ulong)message.TimestampUnixNs)
        + FieldWriter.Int32Size(message.Channel)
        + FieldWriter.Int32Size(message.Role)
        + FieldWriter.BytesSize(message.Sender.Length)
        + FieldWriter.VarintSize(message.PublishId)
        + FieldWriter.BytesSize(message.Payload.Length)
        + FieldWriter.Int32Size(message.Kind)
        + FieldWriter.VarintSize(message.InReplyTo)
        + FieldWriter.Int32Size(message.Finish);

    private static void WriteMessageFields(ref FieldWriter writer, in MessageView message)
    {
        writer.Fixed64(FieldTag.Message.Id, message.Id);
        writer.Bytes(FieldTag.Message.SessionId, message.SessionId);
        writer.Varint64(FieldTag.Message.Sequence, message.Sequence);
        writer.Fixed64(FieldTag.Message.TimestampUnixNs, (ulong)message.TimestampUnixNs);
        writer.Int32(FieldTag.Message.Channel, message.Channel);
        writer.Int32(FieldTag.Message.Role, message.Role);
        writer.Bytes(FieldTag.Message.Sender, message.Sender);
        writer.Varint64(FieldTag.Message.PublishId, message.PublishId);
        writer.Bytes(FieldTag.Message.Payload, message.Payload);
        writer.Int32(FieldTag.Message.Kind, message.Kind);
        writer.Varint64(FieldTag.Message.InReplyTo, message.InReplyTo);
        writer.Int32(FieldTag.Message.Finish, message.Finish);
    }
}
