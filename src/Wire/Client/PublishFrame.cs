using System.Buffers;
using Wire.Framing;

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

        var options = publish.Options;
        var view = new PublishView
        {
            SessionId = publish.Session.Utf8,
            PublishId = publish.PublishId,
            Payload = payload,
            Kind = (int)options.Kind,
            Channel = (int)options.Channel,
            Durability = (int)publish.Durability,
            InReplyTo = options.InReplyTo,
            ExpectedHead = options.ExpectedHead,
        };
        var size = FrameWriter.PublishSize(view);
        if (size > maxFrameBytes && size - PrefixSize(size) > maxFrameBytes)
            return false;

        output.Advance(FrameWriter.WritePublish(output.GetSpan(size), view));
        return true;
    }

    // The limit is of the frame without its length prefix.
    private static int PrefixSize(int size)
    {
        var prefix = 1;
        while (Varint.Size((uint)(size - prefix)) != prefix)
            prefix++;
        return prefix;
    }
}
