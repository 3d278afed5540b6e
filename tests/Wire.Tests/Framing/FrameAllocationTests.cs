using System.Buffers;
using Google.Protobuf;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Tests.Framing;

/// <summary>Reading and writing what is hot allocates nothing once it is warm.</summary>
[NonParallelizable]
internal sealed class FrameAllocationTests
{
    private const int Frames = 5000;
    private const int Max = ProtocolLimits.DefaultMaxFrameBytes;

    private static readonly byte[] Session = "visitor-7/phone"u8.ToArray();
    private static readonly byte[] Payload = new byte[64];
    private static readonly byte[] Destination = new byte[1024];

    [Test]
    public void Reading_publishes_allocates_nothing([Values(0, 4096, 100)] int segmentSize)
    {
        var bytes = Repeat(new Frame { Publish = new Publish { SessionId = "visitor-7/phone", PublishId = 300, Payload = ByteString.CopyFrom(Payload) } });
        var sequence = segmentSize == 0 ? new ReadOnlySequence<byte>(bytes) : Segments.OfSize(bytes, segmentSize);
        var scratch = new FrameScratch();
        AssertAllocatesNothing(() =>
        {
            var reader = new FrameReader(sequence, Max, scratch);
            var count = 0;
            while (reader.Read(out var publish) == FrameStatus.Publish)
                count += IdRules.IsValid(publish.Session) ? 1 : 0;
            scratch.Reset();
            return count;
        });
    }

    [Test]
    public void Reading_acknowledgements_allocates_nothing([Values(0, 4096)] int segmentSize)
        => AssertReadingAllocatesNothing(
            new Frame { Ack = new Ack { SessionId = "visitor-7/phone", PublishId = 300, Sequence = 200, Count = 17 } }, ServerFrameStatus.Ack, segmentSize);

    [Test]
    public void Reading_messages_allocates_nothing([Values(0, 4096)] int segmentSize)
        => AssertReadingAllocatesNothing(
            new Frame { Message = new Message { Id = 5, SessionId = "visitor-7/phone", Sender = "agent", Payload = ByteString.CopyFrom(Payload) } },
            ServerFrameStatus.Message,
            segmentSize);

    [Test]
    public void Writing_allocates_nothing() => AssertAllocatesNothing(() =>
    {
        var message = new MessageView { Id = 9, SessionId = Session, Sender = Session, Payload = Payload, Sequence = 300 };
        var count = 0;
        for (var i = 0; i < Frames; i++)
        {
            var written = FrameWriter.WriteAck(Destination, Session, 300, 200, 17, false, 2)
                + FrameWriter.WriteMessage(Destination, message)
                + FrameWriter.WritePageHeader(Destination, 1, Session, 1, 300, FrameWriter.MessageFieldSize(message))
                + FrameWriter.WriteMessageField(Destination, message)
                + FrameWriter.WritePublish(Destination, new PublishView { SessionId = Session, Payload = Payload, ExpectedHead = 0 })
                + FrameWriter.WriteError(Destination, new ErrorView { Code = ErrorCode.Conflict, SessionId = Session })
                + FrameWriter.WriteSubscribed(Destination, Session, 1, 300)
                + FrameWriter.WritePing(Destination, 7)
                + FrameWriter.WritePong(Destination, 7);
            count += written > 0 ? 1 : 0;
        }
        return count;
    });

    private static void AssertReadingAllocatesNothing(Frame frame, ServerFrameStatus status, int segmentSize)
    {
        var bytes = Repeat(frame);
        var sequence = segmentSize == 0 ? new ReadOnlySequence<byte>(bytes) : Segments.OfSize(bytes, segmentSize);
        var scratch = new FrameScratch();
        AssertAllocatesNothing(() =>
        {
            var reader = new ServerFrameReader(sequence, Max, scratch);
            var count = 0;
            while (reader.Read() == status)
                count++;
            scratch.Reset();
            return count;
        });
    }

    private static void AssertAllocatesNothing(Func<int> work)
    {
        Assert.That(work(), Is.EqualTo(Frames));
        work();
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allocated, Is.Zero);
    }

    private static byte[] Repeat(Frame frame)
        => [.. Enumerable.Repeat(Streams.Delimited(frame), Frames).SelectMany(bytes => bytes)];
}
