using System.Buffers;
using Google.Protobuf;
using Microsoft.AspNetCore.Connections;
using NUnit.Framework;
using Wire.Load.Servers;
using Wire.Protocol;

namespace Wire.Load.Tests.Servers;

[TestFixture]
internal sealed class FrameEchoHandlerTests
{
    private static readonly int[] PayloadSizes = [0, 1, 100, 127, 128, 300];

    [Test]
    public void Whole_frames_are_found_wherever_the_bytes_end_and_the_segments_meet()
    {
        var bytes = Delimited.Write(PayloadSizes.Select(size =>
            new Frame { Publish = new Publish { SessionId = "s", Payload = ByteString.CopyFrom(new byte[size]) } }));
        for (var end = 0; end <= bytes.Length; end++)
        {
            var expected = WholeFramesByLength(bytes.AsSpan(0, end));
            for (var cut = 0; cut <= end; cut++)
                Assert.That(FrameEchoHandler.WholeFrames(Sequence(bytes[..cut], bytes[cut..end])), Is.EqualTo(expected));
            Assert.That(
                FrameEchoHandler.WholeFrames(Sequence([.. bytes[..end].Select(b => new[] { b })])), Is.EqualTo(expected));
        }
    }

    [TestCase("00")]
    [TestCase("FFFFFF7F")]
    [TestCase("8080808001")]
    public void A_length_that_no_frame_has_ends_the_connection(string hex) =>
        Assert.That(
            () => FrameEchoHandler.WholeFrames(new ReadOnlySequence<byte>(Convert.FromHexString(hex))),
            Throws.TypeOf<ConnectionAbortedException>());

    private static int WholeFramesByLength(ReadOnlySpan<byte> bytes)
    {
        var whole = 0;
        var input = new CodedInputStream(bytes.ToArray());
        try
        {
            while (!input.IsAtEnd)
            {
                input.ReadBytes();
                whole = (int)input.Position;
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // The last frame is not whole.
        }

        return whole;
    }

    private static ReadOnlySequence<byte> Sequence(params byte[][] parts)
    {
        var first = new Segment([], null);
        var last = first;
        foreach (var part in parts)
            last = new Segment(part, last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? previous)
        {
            Memory = bytes;
            if (previous is null)
                return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
