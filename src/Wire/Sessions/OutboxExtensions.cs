using System.Buffers;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Sessions;

/// <summary>Writes rare frames by the generated code.</summary>
internal static class OutboxExtensions
{
    /// <summary>Adds a frame that is an answer.</summary>
    public static void WriteFrame(this IOutbox outbox, Frame frame)
    {
        var bytes = new ArrayBufferWriter<byte>();
        FrameWriter.Write(bytes, frame);
        outbox.Write(bytes.WrittenSpan);
    }
}
