using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using NUnit.Framework;
using Wire.Load.Frames;
using Wire.Protocol;

namespace Wire.Load.Tests.Frames;

[TestFixture]
internal sealed class FieldsTests
{
    // Of every length as a varint.
    private static readonly Gen<ulong> Numbers =
        from bits in Gen.Choose(0, 63)
        from value in Gen.Choose(0, int.MaxValue)
        select (1UL << bits) + ((ulong)value & ((1UL << bits) - 1));

    [FsCheck.NUnit.Property]
    public Property An_Ack_is_read_as_the_generated_parser_reads_it()
    {
        var acks =
            from publishId in Numbers
            from sequence in Numbers
            from count in Numbers
            from duplicate in Gen.Elements(true, false)
            from durability in Gen.Elements(Enum.GetValues<Durability>())
            select new Ack
            {
                SessionId = "session-é",
                PublishId = publishId,
                Sequence = sequence,
                Count = (uint)count,
                Duplicate = duplicate,
                Durability = durability,
            };
        return Prop.ForAll(acks.ToArbitrary(), ack =>
        {
            var read = AckFields.Parse(ack.ToByteArray());
            return read.SessionId.SequenceEqual("session-é"u8)
                && read.PublishId == ack.PublishId
                && read.Sequence == ack.Sequence
                && read.Count == ack.Count
                && read.Duplicate == ack.Duplicate
                && read.Durability == ack.Durability;
        });
    }

    [FsCheck.NUnit.Property]
    public Property A_Message_is_read_as_the_generated_parser_reads_it()
    {
        var messages =
            from id in Numbers
            from publishId in Numbers
            from sequence in Numbers
            from payloadBytes in Gen.Choose(0, 500)
            select new Message
            {
                Id = id,
                SessionId = "s",
                Sequence = sequence,
                TimestampUnixNs = 1,
                Role = Role.Visitor,
                Sender = "visitor",
                PublishId = publishId,
                Payload = ByteString.CopyFrom(new byte[payloadBytes]),
            };
        return Prop.ForAll(messages.ToArbitrary(), message =>
        {
            var read = MessageFields.Parse(message.ToByteArray());
            return read.SessionId.SequenceEqual("s"u8)
                && read.PublishId == message.PublishId
                && read.Sequence == message.Sequence
                && read.PayloadBytes == message.Payload.Length;
        });
    }

    [FsCheck.NUnit.Property]
    public Property Any_bytes_are_read_or_refused_but_nothing_else_happens() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            try
            {
                AckFields.Parse(bytes);
                MessageFields.Parse(bytes);
            }
            catch (LoadFailureException)
            {
                // Said in words: that is what the run ends with.
            }
        });

    [Test]
    public void Frames_are_found_wherever_the_bytes_are_cut()
    {
        var bytes = Delimited.Write(
            new Frame { Ack = new Ack { SessionId = "s" } },
            new Frame { Message = new Message { Payload = ByteString.CopyFrom(new byte[300]) } },
            new Frame { Ping = new Ping { Nonce = 1 } });
        var ends = Enumerable.Range(0, bytes.Length + 1).Select(cut =>
        {
            var position = 0;
            var frames = 0;
            while (DelimitedFrame.TryRead(bytes.AsSpan(0, cut), ref position, out _))
                frames++;
            return frames;
        }).ToArray();

        Assert.That(ends, Is.Ordered);
        Assert.That(ends[^1], Is.EqualTo(3));
        Assert.That(ends[^2], Is.EqualTo(2));
    }

    [TestCase("00")]
    [TestCase("FFFFFF7F")]
    [TestCase("8080808001")]
    public void A_length_that_no_frame_has_is_refused(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.That(
            () =>
            {
                var position = 0;
                DelimitedFrame.TryRead(bytes, ref position, out _);
            },
            Throws.TypeOf<LoadFailureException>());
    }
}
