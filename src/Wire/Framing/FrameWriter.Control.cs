namespace Wire.Framing;

internal static partial class FrameWriter
{
    /// <summary>The most bytes that <see cref="WritePing"/> and <see cref="WritePong"/> write.</summary>
    public const int MaxHeartbeatBytes = 1 + 2 + Fixed64FieldBytes;

    /// <summary>The most bytes that <see cref="WriteSubscribed"/> writes for a session id of at most 128 bytes.</summary>
    public const int MaxSubscribedBytes = MaxSmallHeaderBytes + MaxIdFieldBytes + (2 * MaxVarintFieldBytes);

    /// <summary>The most bytes that <see cref="WriteError"/> writes beyond the detail, for a session id of at most 128 bytes.</summary>
    public const int MaxErrorOverheadBytes = (2 * MaxPrefixBytes) + 1 + MaxVarintFieldBytes + 1 + MaxPrefixBytes + MaxBoolFieldBytes
        + MaxIdFieldBytes + (2 * MaxVarintFieldBytes) + (2 * MaxUInt32FieldBytes);

    /// <summary>The bytes that <see cref="WritePing"/> and <see cref="WritePong"/> write for this nonce.</summary>
    public static int HeartbeatSize(ulong nonce) => FrameSize(FieldWriter.Fixed64Size(nonce));

    /// <summary>Writes a Ping.</summary>
    public static int WritePing(Span<byte> destination, ulong nonce) => WriteHeartbeat(destination, FieldTag.Frame.Ping, nonce);

    /// <summary>Writes a Pong.</summary>
    public static int WritePong(Span<byte> destination, ulong nonce) => WriteHeartbeat(destination, FieldTag.Frame.Pong, nonce);

    /// <summary>The bytes that <see cref="WriteSubscribed"/> writes for these values.</summary>
    public static int SubscribedSize(int sessionLength, ulong firstSequence, ulong headSequence)
        => FrameSize(SubscribedFieldsSize(sessionLength, firstSequence, headSequence));

    /// <summary>Writes a Subscribed.</summary>
    public static int WriteSubscribed(Span<byte> destination, ReadOnlySpan<byte> session, ulong firstSequence, ulong headSequence)
    {
        var size = SubscribedFieldsSize(session.Length, firstSequence, headSequence);
        var writer = Begin(destination, FieldTag.Frame.Subscribed, size);
        writer.Bytes(FieldTag.Subscribed.SessionId, session);
        writer.Varint64(FieldTag.Subscribed.FirstSequence, firstSequence);
        writer.Varint64(FieldTag.Subscribed.HeadSequence, headSequence);
        return writer.Position;
    }

    /// <summary>The bytes that <see cref="WriteError"/> writes for these values.</summary>
    public static int ErrorSize(in ErrorView error) => FrameSize(ErrorFieldsSize(error));

    /// <summary>Writes an Error.</summary>
    public static int WriteError(Span<byte> destination, in ErrorView error)
    {
        var writer = Begin(destination, FieldTag.Frame.Error, ErrorFieldsSize(error));
        writer.Int32(FieldTag.Error.Code, (int)error.Code);
        writer.Bytes(FieldTag.Error.Detail, error.Detail);
        writer.Bool(FieldTag.Error.Fatal, error.Fatal);
        writer.Bytes(FieldTag.Error.SessionId, error.SessionId);
        writer.Varint64(FieldTag.Error.PublishId, error.PublishId);
        writer.Varint64(FieldTag.Error.RequestId, error.RequestId);
        writer.Varint64(FieldTag.Error.RetryAfterMs, error.RetryAfterMs);
        writer.Varint64(FieldTag.Error.HeadSequence, error.HeadSequence);
        return writer.Position;
    }

    private static int WriteHeartbeat(Span<byte> destination, byte bodyTag, ulong nonce)
    {
        var writer = Begin(destination, bodyTag, FieldWriter.Fixed64Size(nonce));
        writer.Fixed64(FieldTag.Heartbeat.Nonce, nonce);
        return writer.Position;
    }

    private static int SubscribedFieldsSize(int sessionLength, ulong firstSequence, ulong headSequence)
        => FieldWriter.BytesSize(sessionLength)
        + FieldWriter.VarintSize(firstSequence)
        + FieldWriter.VarintSize(headSequence);

    private static int ErrorFieldsSize(in ErrorView error)
        => FieldWriter.Int32Size((int)error.Code)
        + FieldWriter.BytesSize(error.Detail.Length)
        + FieldWriter.BoolSize(error.Fatal)
        + FieldWriter.BytesSize(error.SessionId.Length)
        + FieldWriter.VarintSize(error.PublishId)
        + FieldWriter.VarintSize(error.RequestId)
        + FieldWriter.VarintSize(error.RetryAfterMs)
        + FieldWriter.VarintSize(error.HeadSequence);
}
