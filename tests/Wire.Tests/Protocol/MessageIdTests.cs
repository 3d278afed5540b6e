using FsCheck;
using FsCheck.Fluent;
using Wire.Protocol;

namespace Wire.Tests.Protocol;

internal sealed class MessageIdTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void The_vectors_id_decodes_to_the_time_of_its_message()
    {
        var message = Vectors.Frames.Single(vector => vector.Name == "message").Frame.Message;
        var id = new MessageId(message.Id);
        var time = DateTimeOffset.UnixEpoch.AddTicks(message.TimestampUnixNs / 100);
        Assert.That(id.Timestamp, Is.EqualTo(time).Within(TimeSpan.FromMilliseconds(1)));
        Assert.That(MessageId.Create(id.Timestamp, id.NodeId, id.Counter), Is.EqualTo(id));
    }

    [Test]
    public void An_id_is_41_bits_of_milliseconds_10_of_node_and_12_of_counter()
    {
        Assert.Multiple(() =>
        {
            Assert.That(MessageId.Create(Epoch, 0, 0).Value, Is.Zero);
            Assert.That(MessageId.Create(Epoch, 0, 1).Value, Is.EqualTo(1));
            Assert.That(MessageId.Create(Epoch, 1, 0).Value, Is.EqualTo(1UL << 12));
            Assert.That(MessageId.Create(Epoch.AddMilliseconds(1), 0, 0).Value, Is.EqualTo(1UL << 22));
            Assert.That(MessageId.Create(Epoch.AddMilliseconds((1L << 41) - 1), 1023, 4095).Value, Is.EqualTo((1UL << 63) - 1));
        });
    }

    [Test]
    public void Parts_out_of_their_range_are_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => MessageId.Create(Epoch.AddTicks(-1), 0, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => MessageId.Create(Epoch.AddMilliseconds(1L << 41), 0, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => MessageId.Create(Epoch, 1024, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => MessageId.Create(Epoch, -1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => MessageId.Create(Epoch, 0, 4096), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => MessageId.Create(Epoch, 0, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void A_counter_that_overflows_borrows_the_next_millisecond()
    {
        var last = MessageId.Create(Epoch.AddMilliseconds(7), 5, MessageId.MaxCounter);
        var next = new MessageId(MessageId.FromPacked(last.Packed + 1, 5));
        Assert.That(next, Is.EqualTo(MessageId.Create(Epoch.AddMilliseconds(8), 5, 0)));
        Assert.That(next > last, Is.True);
    }

    [Test]
    public void Before_the_first_millisecond_the_packed_id_is_0()
    {
        Assert.That(MessageId.PackedAt(DateTimeOffset.UnixEpoch), Is.Zero);
        Assert.That(MessageId.PackedAt(Epoch.AddTicks(9999)), Is.Zero);
        Assert.That(MessageId.PackedAt(Epoch.AddMilliseconds(1)), Is.EqualTo(1UL << 12));
    }

    [FsCheck.NUnit.Property]
    public Property An_id_and_its_packed_form_and_node_are_one_another() => Prop.ForAll(Ids(), id =>
    {
        Assert.That(id.Packed, Is.LessThanOrEqualTo(MessageId.MaxPacked));
        Assert.That(MessageId.FromPacked(id.Packed, id.NodeId), Is.EqualTo(id.Value));
        Assert.That(MessageId.Create(id.Timestamp, id.NodeId, id.Counter), Is.EqualTo(id));
    });

    [FsCheck.NUnit.Property]
    public Property Ids_of_a_node_are_ordered_as_their_packed_forms() => Prop.ForAll(Ids(), Ids(), (one, other) =>
    {
        var left = new MessageId(MessageId.FromPacked(one.Packed, 3));
        var right = new MessageId(MessageId.FromPacked(other.Packed, 3));
        Assert.That(left.CompareTo(right), Is.EqualTo(one.Packed.CompareTo(other.Packed)));
        Assert.That(left < right, Is.EqualTo(one.Packed < other.Packed));
        Assert.That(left > right, Is.EqualTo(one.Packed > other.Packed));
        Assert.That(left <= right, Is.EqualTo(one.Packed <= other.Packed));
        Assert.That(left >= right, Is.EqualTo(one.Packed >= other.Packed));
    });

    [Test]
    public void An_id_is_shown_in_decimal()
        => Assert.That(new MessageId(117081480093519881).ToString(), Is.EqualTo("117081480093519881"));

    // Small numbers of milliseconds are as likely as large ones.
    private static Arbitrary<MessageId> Ids() => Gen.Choose(int.MinValue + 1, int.MaxValue - 1)
        .Select(seed => new MessageId((ulong)new Random(seed).NextInt64(long.MaxValue) >> (seed & 31)))
        .ToArbitrary();
}
