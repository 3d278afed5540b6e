namespace Wire.Framing;

internal static partial class FrameWriter
{
    /// <summary>The most bytes that <see cref="WritePublish"/> writes beyond the payload, for a session id of at most 128 bytes.</summary>
    public const int MaxPublishOverheadBytes = (2 * MaxPrefixBytes) + 1 + MaxIdFieldBytes + (6 * MaxVarintFieldBytes)
        + 1 + MaxPrefixBytes;

    /// <summary>The bytes that <see cref="WritePublish"/> writes for these values.</summary>
    public static int PublishSize(in PublishView publish) => FrameSize(PublishFieldsSize(publish));

    /// <summary>Writes a Publish.</summary>
    public static int WritePublish(Span<byte> destination, in PublishView publish)
    {
        var writer = Begin(destination, FieldTag.Frame.Publish, PublishFieldsSize(publish));
        writer.Bytes(FieldTag.Publish.SessionId, publish.SessionId);
        writer.Varint64(FieldTag.Publish.PublishId, publish.PublishId);
        writer.Bytes(FieldTag.Publish.Payload, publish.Payload);
        writer.Int32(FieldTag.Publish.Kind, publish.Kind);
        writer.Int32(FieldTag.Publish.Channel, publish.Channel);
        writer.Int32(FieldTag.Publish.Durability, publish.Durability);
        writer.Varint64(FieldTag.Publish.InReplyTo, publish.InReplyTo);
        if (publish.ExpectedHead is { } head)
            writer.PresentVarint64(FieldTag.Publish.ExpectedHead, head);
        return writer.Position;
    }

    private static int PublishFieldsSize(in PublishView publish)
        => FieldWriter.BytesSize(publish.SessionId.Length)
        + FieldWriter.VarintSize(publish.PublishId)
        + FieldWriter.BytesSize(publish.Payload.Length)
        + FieldWriter.Int32Size(publish.Kind)
        + FieldWriter.Int32Size(publish.Channel)
        + FieldWriter.Int32Size(publish.Durability)
        + FieldWriter.VarintSize(publish.InReplyTo)
        + (publish.ExpectedHead is { } head ? 1 + Varint.Size(head) : 0);
}
