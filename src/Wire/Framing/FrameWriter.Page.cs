namespace Wire.Framing;

internal static partial class FrameWriter
{
    /// <summary>
    /// The most bytes that <see cref="WritePageHeader"/> writes for a session id of at most 128 bytes.
    /// </summary>
    public const int MaxPageHeaderBytes = (2 * MaxPrefixBytes) + 1 + MaxUInt32FieldBytes + MaxIdFieldBytes
        + (2 * MaxVarintFieldBytes);

    /// <summary>The bytes of a whole Page: its header, and its messages, which take <paramref name="messagesSize"/> bytes.</summary>
    public static int PageSize(uint requestId, int sessionLength, ulong firstSequence, ulong headSequence, int messagesSize)
        => FrameSize(PageFieldsSize(requestId, sessionLength, firstSequence, headSequence) + messagesSize);

    /// <summary>
    /// Writes a Page up to its messages. They follow, by <see cref="WriteMessageField"/>, and must take
    /// <paramref name="messagesSize"/> bytes in all.
    /// </summary>
    public static int WritePageHeader(
        Span<byte> destination, uint requestId, ReadOnlySpan<byte> session, ulong firstSequence, ulong headSequence, int messagesSize)
    {
        var size = PageFieldsSize(requestId, session.Length, firstSequence, headSequence) + messagesSize;
        var writer = Begin(destination, FieldTag.Frame.Page, size);
        writer.Varint64(FieldTag.Page.RequestId, requestId);
        writer.Bytes(FieldTag.Page.SessionId, session);
        writer.Varint64(FieldTag.Page.FirstSequence, firstSequence);
        writer.Varint64(FieldTag.Page.HeadSequence, headSequence);
        return writer.Position;
    }

    private static int PageFieldsSize(uint requestId, int sessionLength, ulong firstSequence, ulong headSequence)
        => FieldWriter.VarintSize(requestId)
        + FieldWriter.BytesSize(sessionLength)
        + FieldWriter.VarintSize(firstSequence)
        + FieldWriter.VarintSize(headSequence);
}
