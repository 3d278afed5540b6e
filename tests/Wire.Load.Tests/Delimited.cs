using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Load.Tests;

/// <summary>Frames as a stock protobuf library writes and reads them.</summary>
internal static class Delimited
{
    public static byte[] Write(params IEnumerable<Frame> frames)
    {
        using var stream = new MemoryStream();
        foreach (var frame in frames)
            frame.WriteDelimitedTo(stream);
        return stream.ToArray();
    }

    public static List<Frame> Read(ReadOnlySpan<byte> bytes)
    {
        using var stream = new MemoryStream(bytes.ToArray());
        var frames = new List<Frame>();
        while (stream.Position < stream.Length)
            frames.Add(Frame.Parser.ParseDelimitedFrom(stream));
        return frames;
    }
}
