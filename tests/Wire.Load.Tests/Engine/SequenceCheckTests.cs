using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Frames;

namespace Wire.Load.Tests.Engine;

[TestFixture]
internal sealed class SequenceCheckTests
{
    [Test]
    public void Connections_that_share_a_session_must_together_have_all_sequences() =>
        Assert.That(() => WireProtocol.CheckSequences([Session((1, 2), (5, 5)), Session((3, 4), (6, 9)), Session()]), Throws.Nothing);

    [Test]
    public void A_sequence_that_nobody_got_is_found() =>
        Assert.That(() => WireProtocol.CheckSequences([Session((1, 2)), Session((4, 5))]), Throws.TypeOf<LoadFailureException>());

    [Test]
    public void A_sequence_that_two_got_is_found() =>
        Assert.That(() => WireProtocol.CheckSequences([Session((1, 2), (4, 4)), Session((2, 2))]), Throws.TypeOf<LoadFailureException>());

    [Test]
    public void The_sum_of_sequences_is_right_beyond_32_bits() =>
        Assert.That(PublishedSession.SumOf(3, 6_000_000_000), Is.EqualTo((3_000_000_000UL * 6_000_000_001) - 3));

    private static PublishedSession Session(params (ulong From, ulong To)[] ranges)
    {
        var session = new PublishedSession("s", isShared: true);
        foreach (var (from, to) in ranges)
        {
            var count = (uint)(to - from + 1);
            session.Take(
                new AckFields { PublishId = session.NextAnswer + count - 1, Sequence = to, Count = count }, unanswered: count);
        }

        return session;
    }
}
