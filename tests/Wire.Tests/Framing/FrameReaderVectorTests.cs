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
        var frame = Outcome.Show(Outcome.Parse(vector.Frame.ToByteArray())!);
        EveryCut.Gives(vector.Bytes, new Outcome([frame], vector.Bytes.Length, Outcome.EndOfBytes));
    }

    [TestCaseSource(typeof(Vectors), nameof(Vectors.Frames))]
    public void A_publish_vector_takes_the_fast_path(Vectors.Vector vector)
    {
        var reader = new FrameReader(new ReadOnlySequence<byte>(vector.Bytes), ProtocolLimits.DefaultMaxFrameBytes, new FrameScratch());
        var expected = vector.Frame.BodyCase == Frame.BodyOneofCase.Publish ? FrameStatus.Publish : FrameStatus.Other;
        Assert.That(reader.Read(out _), Is.EqualTo(expected));
    }

    [TestCaseSource(typeof(Vectors), nameof(Vectors.Refused))]
    public void A_refused_vector_is_refused_as_it_says_however_it_is_cut(Vectors.RefusedVector vector)
    {
        var whole = Refusal(new ReadOnlySequence<byte>(vector.Bytes));
        Assert.That(whole, Is.EqualTo((vector.Error, vector.Fatal)));
        for (var at = 0; at <= vector.Bytes.Length; at++)
            Assert.That(Refusal(Segments.CutAt(vector.Bytes, at)), Is.EqualTo(whole), $"cut at {at}");
    }

    // What a server answers, as far as framing and ids decide it.
    private static (ErrorCode Code, bool Fatal) Refusal(in ReadOnlySequence<byte> bytes)
    {
        var reader = new FrameReader(bytes, ProtocolLimits.DefaultMaxFrameBytes, new FrameScratch());
        var status = reader.Read(out var publish);
        if (status == FrameStatus.Publish)
            return IdRules.IsValid(publish.Session) ? default : (ErrorCode.InvalidArgument, false);
        if (status == FrameStatus.Invalid || !reader.TryParse(out var frame))
            return (reader.ErrorCode, true);
        return frame.BodyCase is ClientFrame.BodyOneofCase.None or ClientFrame.BodyOneofCase.Welcome
            ? (ErrorCode.BadFrame, false)
            : default;
    }
}
