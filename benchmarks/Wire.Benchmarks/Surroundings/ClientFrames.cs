using System.Buffers;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Benchmarks.Surroundings;

/// <summary>A client's frame as its read loop sees it.</summary>
internal static class ClientFrames
{
    public static ReadOnlySequence<byte> Subscribe(string session, ulong from)
        => Of(new Frame { Subscribe = new Subscribe { SessionId = session, FromSequence = from } });

    private static ReadOnlySequence<byte> Of(Frame frame)
    {
        var bytes = new ArrayBufferWriter<byte>();
        FrameWriter.Write(bytes, frame);
        return new ReadOnlySequence<byte>(bytes.WrittenMemory);
    }
}
