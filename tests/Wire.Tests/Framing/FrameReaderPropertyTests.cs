using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Tests.Framing;

internal sealed class FrameReaderPropertyTests
{
    [FsCheck.NUnit.Property(MaxTest = 500)]
    public Property Any_publish_that_Protobuf_writes_takes_the_fast_path_and_is_read_as_it_was_written()
        => Prop.ForAll(Streams.Messages<Publish>(), publish =>
        {
            var reader = new FrameReader(
                new ReadOnlySequence<byte>(Streams.Delimited(new Frame { Publish = publish })), int.MaxValue / 4, new FrameScratch());
            Assert.That(reader.Read(out var slice), Is.EqualTo(FrameStatus.Publish));
            Assert.That(Publish.Parser.ParseFrom(Outcome.Rebuild(slice).ToByteArray()), Is.EqualTo(publish));
            Assert.That(reader.Read(out _), Is.EqualTo(FrameStatus.Incomplete));
        });

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public Property Any_frame_that_Protobuf_writes_is_read_as_Protobuf_reads_it()
        => Prop.ForAll(Streams.Messages<Frame>(), frame =>
        {
            var bytes = Streams.Delimited(frame);
            var expected = new Outcome([Outcome.Show(Outcome.Parse(frame.ToByteArray())!)], bytes.Length, Outcome.EndOfBytes);
            Assert.That(Outcome.Read(new ReadOnlySequence<byte>(bytes)), Is.EqualTo(expected));
            Assert.That(Outcome.Read(Segments.OfSize(bytes, 64)), Is.EqualTo(expected));
        });

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public Property A_frame_of_a_client_loses_nothing_in_the_mirror_in_which_texts_are_bytes()
        => Prop.ForAll(Streams.Messages<Frame>(), frame =>
        {
            var mirrored = Frame.Parser.ParseFrom(Outcome.Parse(frame.ToByteArray())!.ToByteArray());
            Assert.That(mirrored.BodyCase, Is.EqualTo(frame.BodyCase));
            if (MirrorTests.ClientBodies.Contains(frame.BodyCase))
                Assert.That(mirrored, Is.EqualTo(frame));
        });

    [FsCheck.NUnit.Property(MaxTest = 5000)]
    public Property Mutated_bytes_come_to_what_Protobuf_makes_of_them()
        => Prop.ForAll(Streams.Mutated(), bytes =>
        {
            var expected = Outcome.Reference(bytes);
            Assert.That(Outcome.Read(new ReadOnlySequence<byte>(bytes)), Is.EqualTo(expected));
            Assert.That(Outcome.Read(Segments.OfSize(bytes, 16)), Is.EqualTo(expected));
        });

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public Property Mutated_bytes_come_to_the_same_however_they_are_cut()
        => Prop.ForAll(Streams.Mutated(), bytes => EveryCut.Gives(bytes, Outcome.Reference(bytes)));

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public Property Random_bytes_come_to_what_Protobuf_makes_of_them()
        => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            Assert.That(Outcome.Read(new ReadOnlySequence<byte>(bytes), 64), Is.EqualTo(Outcome.Reference(bytes, 64)));
            var framed = Streams.Delimited(bytes);
            Assert.That(Outcome.Read(new ReadOnlySequence<byte>(framed)), Is.EqualTo(Outcome.Reference(framed)));
        });
}
