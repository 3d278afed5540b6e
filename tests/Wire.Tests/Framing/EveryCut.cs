using System.Buffers;
using Wire.Protocol;

namespace Wire.Tests.Framing;

/// <summary>Reads the same bytes cut in every way: in two segments, in two arrivals, in single bytes, without arrays.</summary>
internal static class EveryCut
{
    private delegate Outcome Reading(in ReadOnlySequence<byte> bytes, int maxFrameBytes);

    /// <summary>As a server reads them.</summary>
    public static void Gives(byte[] bytes, Outcome expected, int maxFrameBytes = ProtocolLimits.DefaultMaxFrameBytes)
        => Gives(Outcome.Read, bytes, expected, maxFrameBytes);

    /// <summary>As a client reads them.</summary>
    public static void GivesClient(byte[] bytes, Outcome expected, int maxFrameBytes = ProtocolLimits.DefaultMaxFrameBytes)
        => Gives(Outcome.ReadServer, bytes, expected, maxFrameBytes);

    private static void Gives(Reading read, byte[] bytes, Outcome expected, int maxFrameBytes)
    {
        Assert.That(read(new ReadOnlySequence<byte>(bytes), maxFrameBytes), Is.EqualTo(expected), "whole");
        for (var at = 0; at <= bytes.Length; at++)
        {
            Assert.That(read(Segments.CutAt(bytes, at), maxFrameBytes), Is.EqualTo(expected), $"segments cut at {at}");
            Assert.That(InTwoArrivals(read, bytes, at, maxFrameBytes), Is.EqualTo(expected), $"arrivals cut at {at}");
        }
        for (var size = 1; size <= 3; size++)
        {
            Assert.That(read(Segments.OfSize(bytes, size), maxFrameBytes), Is.EqualTo(expected), $"segments of {size}");
            Assert.That(read(Segments.WithoutArrays(bytes, size), maxFrameBytes), Is.EqualTo(expected), $"no arrays, {size}");
        }
        Assert.That(read(Segments.WithoutArrays(bytes, 1024), maxFrameBytes), Is.EqualTo(expected), "no arrays");
        Assert.That(read(Segments.Of([], bytes, []), maxFrameBytes), Is.EqualTo(expected), "between empty segments");
    }

    /// <summary>Reads what came first, then what is left of that with the rest, as a read loop does.</summary>
    private static Outcome InTwoArrivals(Reading read, byte[] bytes, int at, int maxFrameBytes)
    {
        var first = read(new ReadOnlySequence<byte>(bytes, 0, at), maxFrameBytes);
        if (first.End != Outcome.EndOfBytes)
            return first;
        var second = read(new ReadOnlySequence<byte>(bytes[(int)first.Consumed..]), maxFrameBytes);
        return new Outcome([.. first.Frames, .. second.Frames], first.Consumed + second.Consumed, second.End);
    }
}
