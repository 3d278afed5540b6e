using System.Buffers;
using Google.Protobuf;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Tests.Framing;

internal sealed class FrameScratchTests
{
    [Test]
    public void What_was_rented_stays_as_it_is_until_the_reset()
    {
        var scratch = new FrameScratch();
        var rented = new List<(byte[] Buffer, int Offset, int Size, byte Mark)>();
        var random = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var size = random.Next(50) == 0 ? random.Next(100_000) : random.Next(3000);
            var buffer = scratch.Rent(size, out var offset);
            buffer.AsSpan(offset, size).Fill((byte)i);
            rented.Add((buffer, offset, size, (byte)i));
        }
        Assert.Multiple(() =>
        {
            foreach (var (buffer, offset, size, mark) in rented)
                Assert.That(buffer.AsSpan(offset, size).ContainsAnyExcept(mark), Is.False);
        });
        scratch.Reset();
    }

    [Test]
    public void A_reset_can_follow_a_reset_and_what_comes_after_is_usable()
    {
        var scratch = new FrameScratch();
        scratch.Reset();
        _ = scratch.Rent(10, out _);
        scratch.Reset();
        scratch.Reset();
        var buffer = scratch.Rent(5000, out var offset);
        Assert.That(buffer.Length - offset, Is.GreaterThanOrEqualTo(5000));
        scratch.Reset();
    }

    [Test]
    public void A_publish_of_another_shape_becomes_slices_too()
    {
        var publish = new ClientPublish
        {
            SessionId = ByteString.CopyFrom(0x73, 0xFF),
            PublishId = 3,
            Payload = ByteString.CopyFromUtf8("hello"),
            Kind = PayloadKind.Event,
            Channel = (Channel)(-7),
            Durability = Durability.Memory,
            InReplyTo = 9,
            ExpectedHead = 0,
        };
        var scratch = new FrameScratch();
        var slice = PublishSlice.CopyOf(publish, scratch);
        var empty = PublishSlice.CopyOf(new ClientPublish(), scratch);
        Assert.That(Outcome.Rebuild(slice), Is.EqualTo(publish));
        Assert.That(slice.HasExpectedHead, Is.True);
        Assert.That(Outcome.Rebuild(empty), Is.EqualTo(new ClientPublish()));
        scratch.Reset();
    }

    [Test]
    public void A_publish_as_slices_takes_a_cache_line()
        => Assert.That(System.Runtime.CompilerServices.Unsafe.SizeOf<PublishSlice>(), Is.EqualTo(64));
}
