using System.Buffers;
using Google.Protobuf;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Tests.Framing;

internal sealed class FrameReaderTests
{
    private const int Max = 1000;

    // A frame's length prefix as any library may write it, and what it comes to before the body is there.
    [TestCase("00", ErrorCode.BadFrame)]
    [TestCase("80", ErrorCode.Unspecified)]
    [TestCase("8000", ErrorCode.BadFrame)]
    [TestCase("80808000", ErrorCode.BadFrame)]
    [TestCase("8080808000", ErrorCode.BadFrame)]
    [TestCase("80808080", ErrorCode.Unspecified)]
    [TestCase("8080808080", ErrorCode.BadFrame)]
    [TestCase("8180808080", ErrorCode.BadFrame)]
    [TestCase("FFFFFFFFFF", ErrorCode.BadFrame)]
    [TestCase("FFFFFFFFFF01", ErrorCode.BadFrame)]
    [TestCase("E807", ErrorCode.Unspecified)]
    [TestCase("E907", ErrorCode.FrameTooLarge)]
    [TestCase("E987808000", ErrorCode.FrameTooLarge)]
    [TestCase("FFFFFFFF07", ErrorCode.FrameTooLarge)]
    [TestCase("FFFFFFFF0F", ErrorCode.FrameTooLarge)]
    [TestCase("8080808010", ErrorCode.FrameTooLarge)]
    [TestCase("FFFFFFFF7F", ErrorCode.FrameTooLarge)]
    public void The_length_is_checked_before_its_body_has_come(string hex, ErrorCode error)
    {
        var bytes = Convert.FromHexString(hex);
        var end = error == ErrorCode.Unspecified ? Outcome.EndOfBytes : error.ToString();
        EveryCut.Gives(bytes, new Outcome([], 0, end), Max);
    }

    [TestCase("01")]
    [TestCase("8100")]
    [TestCase("8180808000")]
    public void A_prefix_may_be_longer_than_it_need_be(string prefix)
    {
        // One byte is no frame: the verdict on it shows that the prefix was taken.
        var bytes = Convert.FromHexString(prefix + "0A");
        EveryCut.Gives(bytes, new Outcome([], 0, nameof(ErrorCode.BadFrame)), Max);
        var reader = new FrameReader(new ReadOnlySequence<byte>(bytes), Max, new FrameScratch());
        Assert.That(reader.Read(out _), Is.EqualTo(FrameStatus.Other));
        Assert.That(reader.Body.ToArray(), Is.EqualTo(new byte[] { 0x0A }));
    }

    [Test]
    public void A_frame_of_just_the_limit_is_read_and_one_byte_more_is_not()
    {
        var frame = new Frame { Publish = new Publish { SessionId = "s", Payload = ByteString.CopyFrom(new byte[500]) } };
        var bytes = Streams.Delimited(frame);
        var size = frame.CalculateSize();
        Assert.That(Outcome.Read(new ReadOnlySequence<byte>(bytes), size).Frames, Has.Count.EqualTo(1));
        EveryCut.Gives(bytes, new Outcome([], 0, nameof(ErrorCode.FrameTooLarge)), size - 1);
    }

    [Test]
    public void An_invalid_stream_stays_invalid_and_says_why()
    {
        var good = Streams.Delimited(new Frame { Publish = new Publish { SessionId = "s" } });
        var reader = new FrameReader(new ReadOnlySequence<byte>([.. good, 0x00, .. good]), Max, new FrameScratch());
        Assert.That(reader.Read(out _), Is.EqualTo(FrameStatus.Publish));
        Assert.That(reader.Detail, Is.Empty);
        for (var again = 0; again < 3; again++)
        {
            Assert.That(reader.Read(out var publish), Is.EqualTo(FrameStatus.Invalid));
            Assert.That(publish, Is.EqualTo(default(PublishSlice)));
            Assert.That(reader.ErrorCode, Is.EqualTo(ErrorCode.BadFrame));
            Assert.That(reader.Detail, Is.Not.Empty);
            Assert.That(reader.ConsumedBytes, Is.EqualTo(good.Length));
        }
    }

    [Test]
    public void Bytes_that_are_no_protobuf_are_a_bad_frame()
    {
        var reader = new FrameReader(new ReadOnlySequence<byte>([0x02, 0x1A, 0xFF]), Max, new FrameScratch());
        Assert.That(reader.Read(out _), Is.EqualTo(FrameStatus.Other));
        Assert.That(reader.ErrorCode, Is.EqualTo(ErrorCode.Unspecified));
        Assert.That(reader.TryParse(out _), Is.False);
        Assert.That(reader.ErrorCode, Is.EqualTo(ErrorCode.BadFrame));
        Assert.That(reader.Detail, Is.Not.Empty);
    }

    [Test]
    public void A_publish_within_a_segment_is_not_copied()
    {
        var bytes = Streams.Delimited(new Frame { Publish = new Publish { SessionId = "session", Payload = ByteString.CopyFromUtf8("hello") } });
        byte[] array = [0xEE, 0xEE, .. bytes, 0xEE];
        var scratch = new FrameScratch();
        var reader = new FrameReader(new ReadOnlySequence<byte>(array, 2, bytes.Length), Max, scratch);
        Assert.That(reader.Read(out var publish), Is.EqualTo(FrameStatus.Publish));
        Assert.That(publish.Buffer, Is.SameAs(array));
        Assert.That(publish.Session.ToArray(), Is.EqualTo("session"u8.ToArray()));
        Assert.That(publish.Payload.ToArray(), Is.EqualTo("hello"u8.ToArray()));
    }

    [Test]
    public void A_frame_that_begins_in_the_segment_after_its_prefix_is_not_copied()
    {
        var bytes = Streams.Delimited(new Frame { Publish = new Publish { SessionId = "session" } });
        var sequence = Segments.CutAt(bytes, 1);
        var reader = new FrameReader(sequence, Max, new FrameScratch());
        Assert.That(reader.Read(out var publish), Is.EqualTo(FrameStatus.Publish));
        Assert.That(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(sequence.Slice(1).First, out var segment), Is.True);
        Assert.That(publish.Buffer, Is.SameAs(segment.Array));
    }

    [Test]
    public void The_last_frame_can_be_left_for_the_next_read()
    {
        var first = Streams.Delimited(new Frame { Publish = new Publish { SessionId = "s", PublishId = 1 } });
        var second = Streams.Delimited(new Frame { Publish = new Publish { SessionId = "s", PublishId = 2 } });
        byte[] bytes = [.. first, .. second];
        for (var size = 1; size <= bytes.Length; size++)
        {
            var sequence = Segments.OfSize(bytes, size);
            var reader = new FrameReader(sequence, Max, new FrameScratch());
            reader.Read(out _);
            reader.Read(out _);
            Assert.That(reader.ConsumedBytesBefore, Is.EqualTo(first.Length));
            var again = new FrameReader(sequence.Slice(reader.ConsumedBefore), Max, new FrameScratch());
            Assert.That(again.Read(out var publish), Is.EqualTo(FrameStatus.Publish));
            Assert.That(publish.PublishId, Is.EqualTo(2));
            Assert.That(sequence.Slice(reader.Consumed).IsEmpty, Is.True);
        }
    }

    [Test]
    public void Nothing_is_there_to_read_in_nothing()
    {
        var reader = new FrameReader(ReadOnlySequence<byte>.Empty, Max, new FrameScratch());
        Assert.That(reader.Read(out _), Is.EqualTo(FrameStatus.Incomplete));
        Assert.That(reader.ConsumedBytes, Is.Zero);
        Assert.That(reader.Consumed, Is.EqualTo(ReadOnlySequence<byte>.Empty.Start));
    }

    // Shapes that mean a publish and are not the plain one, and plain ones that few would write.
    [TestCase("1A030A0173", FrameStatus.Publish, TestName = "A publish with a session alone is plain")]
    [TestCase("1A00", FrameStatus.Publish, TestName = "An empty publish is plain")]
    [TestCase("1A0510010A0173", FrameStatus.Publish, TestName = "A publish with its fields in another order is plain")]
    [TestCase("1A0410011002", FrameStatus.Publish, TestName = "A publish with a field twice is plain, the last one counts")]
    [TestCase("1A800130FFFFFFFFFFFFFFFFFF01", FrameStatus.Other, TestName = "A publish that claims more than the frame is not plain")]
    [TestCase("1A0B30FFFFFFFFFFFFFFFFFF01", FrameStatus.Publish, TestName = "A publish with a negative enum is plain")]
    [TestCase("1A0B10FFFFFFFFFFFFFFFFFF7F", FrameStatus.Publish, TestName = "A publish with more than 64 bits of publish_id is plain")]
    [TestCase("1A0C10FFFFFFFFFFFFFFFFFFFF01", FrameStatus.Other, TestName = "A publish with an endless varint is not plain")]
    [TestCase("1A0390010A", FrameStatus.Other, TestName = "A publish with a field that is not known is not plain")]
    [TestCase("1A03900005", FrameStatus.Other, TestName = "A publish with a tag of two bytes is not plain")]
    [TestCase("1A050D00000000", FrameStatus.Other, TestName = "A publish with a session of four bytes' type is not plain")]
    [TestCase("1A001A00", FrameStatus.Other, TestName = "Two publishes in a frame are not plain")]
    [TestCase("1A00A80101", FrameStatus.Other, TestName = "A publish with something after it is not plain")]
    [TestCase("1A8000", FrameStatus.Publish, TestName = "A publish whose length is longer than it need be is plain")]
    [TestCase("1A0110", FrameStatus.Other, TestName = "A publish cut after a tag is not plain")]
    [TestCase("1A021080", FrameStatus.Other, TestName = "A publish cut in a varint is not plain")]
    [TestCase("1A030A0273", FrameStatus.Other, TestName = "A publish with a session that is cut is not plain")]
    [TestCase("1A060AFFFFFFFF0F", FrameStatus.Other, TestName = "A publish with a session of a negative length is not plain")]
    [TestCase("1A061AFFFFFFFF0F", FrameStatus.Other, TestName = "A publish with a payload of a negative length is not plain")]
    [TestCase("1A070A8180808010FF", FrameStatus.Other, TestName = "A publish with a session of a length beyond 32 bits is not plain")]
    [TestCase("1A080A0A17000000FFFF", FrameStatus.Other, TestName = "A publish with a session that is cut by a byte is not plain")]
    [TestCase("1A021B1C", FrameStatus.Other, TestName = "A publish with a group is not plain")]
    [TestCase("0A00", FrameStatus.Other, TestName = "A hello is not a publish")]
    public void The_plain_shape(string hex, FrameStatus status)
    {
        var bytes = Streams.Delimited(Convert.FromHexString(hex));
        var reader = new FrameReader(new ReadOnlySequence<byte>(bytes), Max, new FrameScratch());
        Assert.That(reader.Read(out _), Is.EqualTo(status));
        EveryCut.Gives(bytes, Outcome.Reference(bytes));
    }

    [Test]
    public void A_limit_that_is_none_is_a_mistake_of_the_caller([Values(int.MinValue, -1, 0, int.MaxValue)] int maxFrameBytes)
        => Assert.That(
            () => new FrameReader(ReadOnlySequence<byte>.Empty, maxFrameBytes, new FrameScratch()).ConsumedBytes,
            Throws.InstanceOf<ArgumentOutOfRangeException>());
}
