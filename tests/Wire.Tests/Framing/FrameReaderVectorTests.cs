using System.Buffers;
using Google.Protobuf;
using Wire.Framing;
using Wire.Protocol;
using Wire.Tests.Protocol;

namespace Wire.Tests.Framing;

internal sealed class FrameReaderVectorTests
{
    private static readonly IReadOnlyList<Vectors.Vector> Accepted = [.. Vectors.Frames, .. Vectors.Unusual];

    [Test]
    public void There_are_vectors()
    {
        Assert.That(Vectors.Frames, Has.Count.GreaterThan(20));
        Assert.That(Vectors.Unusual, Is.Not.Empty);
        Assert.That(Vectors.Refused, Is.Not.Empty);
    }

    [TestCaseSource(nameof(Accepted))]
    public void A_vector_is_read_as_its_frame_however_it_is_cut(Vectors.Vector vector)
    {
        var expected = new Outcome(
            [Convert.ToHexString(ClientFrame.Parser.ParseFrom(vector.Frame.ToByteArray()).ToByteArray())], vector.Bytes.Length, Outcome.EndOfBytes);
        Assert.Multiple(() =>
        {
            Assert.That(Outcome.Read(new ReadOnlySequence<byte>(vector.Bytes)).Frames, Has.Count.EqualTo(1));
            for (var at = 0; at <= vector.Bytes.Length; at++)
                Assert.That(WithoutUnknown(Outcome.Read(Segments.CutAt(vector.Bytes, at))), Is.EqualTo(expected), $"cut at {at}");
        });
    }

    [TestCaseSource(typeof(Vectors), nameof(Vectors.Frames))]
    public void A_publish_vector_takes_the_fast_path(Vectors.Vector vector)
    {
        var reader = new FrameReader(new ReadOnlySequence<byte>(vector.Bytes), ProtocolLimits.DefaultMaxFrameBytes, new FrameScratch());
        var expected = vector.Frame.BodyCase == Frame.BodyOneofCase.Publish ? FrameStatus.Publish : FrameStatus.Other;
        Assert.That(reader.Read(out _), Is.EqualTo(expected));
    }

    private static Outcome WithoutUnknown(Outcome outcome) => outcome with
    {
        Frames = [.. outcome.Frames.Select(frame =>
            Convert.ToHexString(ClientFrame.Parser.WithDiscardUnknownFields(true).ParseFrom(Convert.FromHexString(frame)).ToByteArray()))],
    };
}
