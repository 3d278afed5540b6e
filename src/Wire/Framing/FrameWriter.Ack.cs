namespace Wire.Framing;

internal static partial class FrameWriter
{
    /// <summary>The most bytes that <see cref="WriteAck"/> writes for a session id of at most 128 bytes.</summary>
    public const int MaxAckBytes = MaxSmallHeaderBytes + MaxIdFieldBytes + (2 * MaxVarintFieldBytes)
        + MaxUInt32FieldBytes + MaxBoolFieldBytes + MaxVarintFieldBytes;

    /// <summary>The bytes that <see cref="WriteAck"/> writes for these values.</summary>
    public static int AckSize(int sessionLength, ulong publishId, ulong sequence, uint count, bool duplicate, int durability)
        => FrameSize(AckFieldsSize(sessionLength, publishId, sequence, count, duplicate, durability));

    /// <summary>Writes an Ack.</summary>
    public static int WriteAck(
        Span<byte> destination, ReadOnlySpan<byte> session, ulong publishId, ulong sequence, uint count, bool duplicate, int durability)
    {
        var size = AckFieldsSize(session.Length, publishId, sequence, count, duplicate, durability);
        var writer = Begin(destination, FieldTag.Frame.Ack, size);
        writer.Bytes(FieldTag.Ack.SessionId, session);
        writer.Varint64(FieldTag.Ack.PublishId, publishId);
        writer.Varint64(FieldTag.Ack.Sequence, sequence);
        writer.Varint64(FieldTag.Ack.Count, count);
        writer.Bool(FieldTag.Ack.Duplicate, duplicate);
        writer.Int32(FieldTag.Ack.Durability, durability);
        return writer.Position;
    }

    private static int AckFieldsSize(
        int sessionLength, ulong publishId, ulong sequence, uint count, bool duplicate, int durability)
        => FieldWriter.BytesSize(sessionLength)
        + FieldWriter.VarintSize(publishId)
        + FieldWriter.VarintSize(sequence)
        + FieldWriter.VarintSize(count)
        + FieldWriter.BoolSize(duplicate)
        + FieldWriter.Int32Size(durability);
}
