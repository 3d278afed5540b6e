using System.Buffers;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Benchmarks;

/// <summary>Delimited publishes as a client pipelines them: one session, rising ids, one payload size.</summary>
internal static class PublishFrames
{
    public static byte[] Build(int count, int payloadBytes, ulong firstPublishId = 1, string session = "session-00000001")
    {
        var payload = new byte[payloadBytes];
        new Random(1).NextBytes(payload);
        using var stream = new MemoryStream();
        for (var i = 0; i < count; i++)
        {
            var frame = new Frame
            {
                Publish = new Publish
                {
                    SessionId = session,
                    PublishId = firstPublishId + (ulong)i,
                    Payload = ByteString.CopyFrom(payload),
                    Channel = Channel.Web,
                    Durability = Durability.Memory,
                },
            };
            frame.WriteDelimitedTo(stream);
        }
        return stream.ToArray();
    }

    /// <summary>The bytes in segments of that size, as a pipe of pooled blocks holds them.</summary>
    public static ReadOnlySequence<byte> Segmented(byte[] bytes, int segmentBytes)
    {
        var first = new Segment(bytes.AsMemory(0, Math.Min(segmentBytes, bytes.Length)).ToArray(), null);
        var last = first;
        for (var at = segmentBytes; at < bytes.Length; at += segmentBytes)
            last = new Segment(bytes.AsMemory(at, Math.Min(segmentBytes, bytes.Length - at)).ToArray(), last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? before)
        {
            Memory = bytes;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
