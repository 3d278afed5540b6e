using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Frames;

namespace Wire.Load.Tests.Engine;

[TestFixture]
internal sealed class SequenceCheckTests
{
    private const ulong First = PublishFrames.FirstPublishId;

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
        Assert.That(PublishedSessions.SumOf(3, 6_000_000_000), Is.EqualTo((3_000_000_000UL * 6_000_000_001) - 3));

    [Test]
    public void A_session_with_an_answer_that_belongs_to_another_is_found()
    {
        var sessions = new PublishedSessions("c", new SessionNames("s-", digits: 1, first: 0, step: 1, count: 3), areShared: false);
        sessions.Take(new AckFields { SessionId = "s-0"u8, PublishId = First, Sequence = 1, Count = 1 }, sent: 4);

        // Three of the connection's are unanswered, and one of this session's.
        Assert.That(
            () => sessions.Take(new AckFields { SessionId = "s-0"u8, PublishId = First + 2, Sequence = 3, Count = 2 }, sent: 4),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("answers 2 publishes where 1 were unanswered"));
        Assert.That(
            () => sessions.Take(new AckFields { SessionId = "s-2"u8, PublishId = First, Sequence = 1, Count = 1 }, sent: 2),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("answers 1 publishes where 0 were unanswered"), "it was not published to yet");
    }

    [Test]
    public void A_session_with_too_few_answers_is_found()
    {
        var sessions = new PublishedSessions("c", new SessionNames("s-", digits: 1, first: 0, step: 1, count: 3), areShared: false);
        sessions.Take(new AckFields { SessionId = "s-0"u8, PublishId = First + 1, Sequence = 2, Count = 2 }, sent: 4);
        sessions.Take(new AckFields { SessionId = "s-1"u8, PublishId = First, Sequence = 1, Count = 1 }, sent: 4);

        Assert.That(() => sessions.CheckAnswered(4), Throws.TypeOf<LoadFailureException>().With.Message.EqualTo("c: 0 publishes to session s-2 were answered, of 1."));
    }

    [Test]
    public void Sessions_that_were_published_to_in_turns_need_not_have_equal_numbers()
    {
        var sessions = new PublishedSessions("c", new SessionNames("s-", digits: 1, first: 0, step: 1, count: 2), areShared: false);
        sessions.Take(new AckFields { SessionId = "s-0"u8, PublishId = First + 1, Sequence = 2, Count = 2 }, sent: 3);
        sessions.Take(new AckFields { SessionId = "s-1"u8, PublishId = First, Sequence = 1, Count = 1 }, sent: 3);

        Assert.That(() => sessions.CheckAnswered(3), Throws.Nothing);
    }

    private static SessionAnswers Session(params (ulong From, ulong To)[] ranges)
    {
        var session = new PublishedSessions("c", new SessionNames("s-", digits: 1, first: 0, step: 1, count: 1), areShared: true);
        var next = First;
        foreach (var (from, to) in ranges)
        {
            var count = (uint)(to - from + 1);
            next += count;
            session.Take(new AckFields { SessionId = "s-0"u8, PublishId = next - 1, Sequence = to, Count = count }, sent: (long)(next - First));
        }

        return session.AnswersOf(0);
    }
}
