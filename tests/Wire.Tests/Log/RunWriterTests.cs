using FsCheck;
using FsCheck.Fluent;
using Wire.Log;

namespace Wire.Tests.Log;

internal sealed class RunWriterTests
{
    private const int Disk = (int)Wire.Protocol.Durability.Disk;

    private static readonly Gen<int> AnyInt = Gen.Frequency(
        (4, Gen.Choose(0, 8)),
        (1, Gen.Elements(-1, int.MinValue, int.MaxValue, 0xFFFFFF, 0x1000000, 0x1000001, 0x1000002)));

    private static readonly Gen<Sample> Message =
        from gap in Gen.Frequency((5, Gen.Constant(0ul)), (1, Gen.Choose(1, int.MaxValue).Select(i => (ulong)i << 20)))
        from kind in AnyInt
        from channel in AnyInt
        from finish in Gen.Choose(0, 3)
        from durability in Gen.Choose(1, 2)
        from inReplyTo in Gen.Elements(0ul, 1ul, ulong.MaxValue)
        from length in Gen.Frequency((9, Gen.Choose(0, 300)), (1, Gen.Choose(0, 100_000)))
        select new Sample(gap, kind, channel, finish, durability, inReplyTo, length);

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public Property A_run_reads_back_as_it_was_written() => Prop.ForAll(Message.NonEmptyListOf().ToArbitrary(), RoundTrips);

    [Test]
    public void A_pipelined_message_costs_its_payload_and_two_bytes()
    {
        using var writer = new RunWriter();
        writer.Begin("s"u8, "c"u8);
        for (ulong id = 1; id <= 1000; id++)
            writer.Add(id, 0, 0, 0, Disk, 0, new byte[64]);
        var record = writer.Complete(1, new RecordChain(1, 0, 0, 0), 1, 1, 1);
        Assert.That(record.Length, Is.EqualTo(RecordHeader.Size + 2 + 1000 * 66));
    }

    [Test]
    public void A_body_that_does_not_hold_its_messages_is_broken_and_reads_no_further()
    {
        using var writer = new RunWriter();
        writer.Begin("session"u8, "client"u8);
        for (ulong id = 1; id <= 20; id++)
            writer.Add(id * 300, (int)id, -1, 0, 1, id, new byte[id]);
        var whole = writer.Complete(1, new RecordChain(1, 0, 0, 0), 1, 1, 1).ToArray();
        for (var length = whole.Length - 1; length >= RecordHeader.Size + 13; length--)
        {
            var reader = new RunReader(whole.AsSpan(0, length));
            var message = default(RunMessage);
            while (reader.MoveNext(ref message))
            {
            }
            Assert.That(reader.IsBroken, Is.True, $"cut at {length}");
        }
    }

    private static bool RoundTrips(IEnumerable<Sample> samples)
    {
        using var writer = new RunWriter();
        writer.Begin("session"u8, "client"u8);
        var id = 0ul;
        var written = new List<(ulong Id, Sample Sample)>();
        foreach (var sample in samples)
        {
            if (!writer.Fits(sample.Length))
                break;
            id += 1 + sample.Gap;
            writer.Add(id, sample.Kind, sample.Channel, sample.Finish, sample.Durability, sample.InReplyTo, Payload(id, sample.Length));
            written.Add((id, sample));
        }
        var record = writer.Complete(3, new RecordChain(1, 0, 0, 0), 7, 1000, 5).ToArray();
        RecordHeader.Seal(record, 0, 1, 1, 64);
        var header = new RecordHeader(record);
        Assert.That((header.IsIntact, header.Count, header.FirstSequence, header.LastSequence), Is.EqualTo((true, written.Count, 7ul, 6 + (ulong)written.Count)));
        var reader = new RunReader(record);
        var message = default(RunMessage);
        for (var i = 0; i < written.Count; i++)
        {
            var (publishId, sample) = written[i];
            Assert.That(reader.MoveNext(ref message), Is.True);
            Assert.That((message.Sequence, message.PublishId, message.PackedId), Is.EqualTo((7 + (ulong)i, publishId, 1000L + i)));
            Assert.That((message.Kind, message.Channel, message.Finish, message.Durability, message.InReplyTo),
                Is.EqualTo((sample.Kind, sample.Channel, sample.Finish, sample.Durability, sample.InReplyTo)));
            Assert.That(message.Payload.SequenceEqual(Payload(publishId, sample.Length)), Is.True);
        }
        return !reader.MoveNext(ref message) && !reader.IsBroken;
    }

    private static byte[] Payload(ulong id, int length)
    {
        var payload = new byte[length];
        payload.AsSpan().Fill((byte)id);
        return payload;
    }

    private sealed record Sample(ulong Gap, int Kind, int Channel, int Finish, int Durability, ulong InReplyTo, int Length);
}
