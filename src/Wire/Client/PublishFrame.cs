using System.Buffers;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>Writes a publish as it goes on the wire.</summary>
internal static class PublishFrame
{
    /// <summary>False, and nothing is written, where the frame is longer than the server takes.</summary>
    public static bool TryWrite(IBufferWriter<byte> output, PendingPublish publish, int maxFrameBytes)
    {
        var payload = publish.Payload.Span;
        if (payload.Length > maxFrameBytes)
            return false;

        var view = ViewOf(publish.Session.Utf8, publish.PublishId, payload, publish.Options, publish.Durability);
        var size = FrameWriter.PublishSize(view);
        if (BodyBytes(size) > maxFrameBytes)
            return false;

        output.Advance(FrameWriter.WritePublish(output.GetSpan(size), view));
        return true;
    }

    public static PublishView ViewOf(
        ReadOnlySpan<byte> sessionId,
        ulong publishId,
        ReadOnlySpan<byte> payload,
        PublishOptions options,
        Durability durability) => new()
        {
            SessionId = sessionId,
            PublishId = publishId,
            Payload = payload,
            Kind = (int)options.Kind,
            Channel = (int)options.Channel,
            Durability = (int)durability,
            InReplyTo = options.InReplyTo,
            ExpectedHead = options.ExpectedHead,
        };

    /// <summary>The bytes of a frame of that size without its length prefix: what the server's limit is of.</summary>
    public static int BodyBytes(int frameBytes)
    {
        var prefix = 1;
        while (Varint.Size((uint)(frameBytes - prefix)) != prefix)
            prefix++;
        return frameBytes - prefix;
    }
}
