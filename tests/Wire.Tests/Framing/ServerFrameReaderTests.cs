using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Wire.Framing;
using Wire.Protocol;
using Wire.Tests.Protocol;

namespace Wire.Tests.Framing;

internal sealed class ServerFrameReaderTests
{
    [TestCaseSource(typeof(Vectors), nameof(Vectors.Frames))]
    public void A_vector_is_read_as_its_frame_however_it_is_cut(Vectors.Vector vector)
        => EveryCut.GivesClient(
            vector.Bytes, new Outcome([Outcome.Show(vector.Frame)], vector.Bytes.Length, Outcome.EndOfBytes));

    [TestCaseSource(typeof(Vectors), nameof(Vectors.Frames))]
    public void A_vector_of_a_hot_frame_takes_the_fast_path(Vectors.Vector vector)
    {
        var reader = new ServerFrameReader(new ReadOnlySequence<byte>(vector.Bytes), ProtocolLimits.DefaultMaxFrameBytes, new FrameScratch());
        Assert.That(reader.Read(), Is.EqualTo(vector.Frame.BodyCase switch
        {
            Frame.BodyOneofCase.Ack => ServerFrameStatus.Ack,
            Frame.BodyOneofCase.Message => ServerFrameStatus.Message,
            _ => ServerFrameStatus.Other,
        }));
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public Property Any_acknowledgement_takes_the_fast_path_and_is_read_as_it_was_written()
        => Prop.ForAll(Streams.Messages<Ack>(), ack =>
        {
            var bytes = new ReadOnlySequence<byte>(Streams.Delimited(new Frame { Ack = ack }));
            var reader = new ServerFrameReader(bytes, ProtocolLimits.DefaultMaxFrameBytes, new FrameScratch());
            Assert.That(reader.Read(), Is.EqualTo(ServerFrameStatus.Ack));
            Assert.That(Outcome.Rebuild(reader.Ack), Is.EqualTo(ack));
        });

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public Property Any_message_takes_the_fast_path_and_is_read_as_it_was_written()
        => Prop.ForAll(Streams.Messages<Message>(), message =>
        {
            var bytes = new ReadOnlySequence<byte>(Streams.Delimited(new Frame { Message = message }));
            var reader = new ServerFrameReader(bytes, ProtocolLimits.DefaultMaxFrameBytes, new FrameScratch());
            Assert.That(reader.Read(), Is.EqualTo(ServerFrameStatus.Message));
            Assert.That(Outcome.Rebuild(reader.Message), Is.EqualTo(message));
        });

    [FsCheck.NUnit.Property(MaxTest = 5000)]
    public Property Mutated_bytes_come_to_what_Protobuf_makes_of_them()
        => Prop.ForAll(Streams.Mutated(), bytes =>
        {
            var expected = Outcome.ReferenceServer(bytes);
            Assert.That(Outcome.ReadServer(new ReadOnlySequence<byte>(bytes)), Is.EqualTo(expected));
            Assert.That(Outcome.ReadServer(Segments.OfSize(bytes, 16)), Is.EqualTo(expected));
        });

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public Property Mutated_bytes_come_to_the_same_however_they_are_cut()
        => Prop.ForAll(Streams.Mutated(), bytes => EveryCut.GivesClient(bytes, Outcome.ReferenceServer(bytes)));
}
