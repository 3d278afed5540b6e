using System.Net;
using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Frames;
using Wire.Protocol;

namespace Wire.Load.Tests.Engine;

[TestFixture]
internal sealed class PublisherTests
{
    private const ulong First = PublishFrames.FirstPublishId;

    private static readonly LoadPlan Plan = new()
    {
        EndPoint = new IPEndPoint(IPAddress.Loopback, 1),
        Protocol = WireProtocol.Ack,
        Connections = 1,
        Depth = 8,
        Name = "run",
        Sessions = 1,
        Durability = Durability.Disk,
    };

    [Test]
    public void The_handshake_is_a_Hello_and_then_publishes_to_the_depth()
    {
        var publisher = new Publisher(Plan, 0, AnswerKind.Ack);
        publisher.Open();
        var hello = Sent(publisher).Single().Hello;
        Assert.That(hello.Version, Is.EqualTo(1));
        Assert.That(hello.ClientId, Is.EqualTo("run-0"));
        Assert.That(Sent(publisher), Is.Empty, "nothing before the Welcome");

        publisher.Receive(Delimited.Write(new Frame { Welcome = new Welcome { Version = 1 } }));
        Assert.That(Sent(publisher).Select(f => f.Publish.PublishId), Is.EqualTo(Ids(0, 8)));
        Assert.That(Sent(publisher), Is.Empty, "the window is full");
    }

    [Test]
    public void As_many_publishes_go_out_as_were_answered()
    {
        var publisher = Ready(Plan);
        Sent(publisher);
        publisher.Receive(Delimited.Write(Ack(2, 3, 3), Ack(4, 5, 2)));

        Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(5));
        Assert.That(Sent(publisher).Select(f => f.Publish.PublishId), Is.EqualTo(Ids(8, 5)));
    }

    [Test]
    public void Answers_are_taken_wherever_the_bytes_are_cut()
    {
        var bytes = Delimited.Write(Ack(0, 1, 1), Ack(5, 6, 5), new Frame { Ping = new Ping { Nonce = 7 } }, Ack(7, 8, 2));
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var publisher = Ready(Plan);
            Sent(publisher);
            Feed(publisher, bytes.AsSpan(0, cut));
            Feed(publisher, bytes.AsSpan(cut));
            AssertAllAnswered(publisher);
        }

        var byByte = Ready(Plan);
        Sent(byByte);
        for (var i = 0; i < bytes.Length; i++)
            Feed(byByte, bytes.AsSpan(i, 1));
        AssertAllAnswered(byByte);

        static void AssertAllAnswered(Publisher publisher)
        {
            Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(8));
            Assert.That(publisher.Missing, Is.Null);
            Assert.That(Sent(publisher, mayPublish: false).Single().Pong.Nonce, Is.EqualTo(7));
        }
    }

    [Test]
    public void What_the_socket_did_not_take_is_sent_first_and_unchanged()
    {
        var publisher = Ready(Plan);
        publisher.TryFill(mayPublish: true, 0);
        var whole = publisher.Unsent.ToArray();
        publisher.Sent(10);
        publisher.Receive(Delimited.Write(Ack(0, 1, 1)));
        publisher.Window.Complete(0, null);
        publisher.TryFill(mayPublish: true, 0);

        Assert.That(publisher.Unsent.ToArray(), Is.EqualTo(whole[10..]));
    }

    private static IEnumerable<TestCaseData> WrongAnswers()
    {
        yield return Case("publishes that were not sent", "9 publishes", Ack(8, 9, 9));
        yield return Case("no publish", "0 publishes", Ack(0, 1, 0));
        yield return Case("the same twice", "does not end with", Ack(0, 1, 1), Ack(0, 1, 1));
        yield return Case("with a publish left out", "does not end with", Ack(1, 1, 1));
        yield return Case("with a count too small", "does not end with", Ack(3, 4, 3));
        yield return Case("with a hole in the sequences", "begins at sequence 3 after 1", Ack(0, 1, 1), Ack(1, 3, 1));
        yield return Case("with a sequence twice", "begins at sequence 1 after 1", Ack(0, 1, 1), Ack(1, 1, 1));
        yield return Case("as a duplicate", "duplicate", Ack(0, 1, 1, a => a.Duplicate = true));
        yield return Case("at another level", "asked for Disk, the Ack says Memory", Ack(0, 1, 1, a => a.Durability = Durability.Memory));
        yield return Case("of another session", "session 'run-00001'", Ack(0, 1, 1, a => a.SessionId = "run-00001"));
        yield return Case("by an Error", "StorageUnavailable (full)", new Frame
        {
            Error = new Error { Code = ErrorCode.StorageUnavailable, Detail = "full", SessionId = "run-00000", PublishId = First },
        });
        yield return Case("by a GoAway", "GoAway (drain)", new Frame { GoAway = new GoAway { Reason = "drain" } });
        yield return Case("by an echo", "unexpected Publish", new Frame { Publish = new Publish { SessionId = "run-00000", PublishId = First } });
        yield return Case("by a second Welcome", "unexpected Welcome", new Frame { Welcome = new Welcome() });

        static TestCaseData Case(string name, string said, params Frame[] frames) =>
            new TestCaseData(said, frames).SetName($"An_answer_that_is_wrong_ends_the_run({name})");
    }

    [TestCaseSource(nameof(WrongAnswers))]
    public void An_answer_that_is_wrong_ends_the_run(string said, Frame[] frames)
    {
        var publisher = Ready(Plan);
        Sent(publisher);
        Assert.That(
            () => publisher.Receive(Delimited.Write(frames)),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains(said));
    }

    [Test]
    public void What_is_unanswered_is_said()
    {
        var publisher = Ready(Plan);
        Sent(publisher);
        publisher.Receive(Delimited.Write(Ack(2, 3, 3)));
        Assert.That(publisher.Missing, Is.EqualTo("run-0 has 5 of 8 publishes unanswered"));
    }

    [Test]
    public void With_several_sessions_each_has_its_own_order()
    {
        var plan = Plan with { Sessions = 6, Connections = 2 };
        var publisher = Ready(plan, index: 1);
        var sent = Sent(publisher).Select(f => (f.Publish.SessionId, f.Publish.PublishId - First));
        Assert.That(sent, Is.EqualTo(new[]
        {
            ("run-00001", 0UL), ("run-00003", 0UL), ("run-00005", 0UL), ("run-00001", 1UL),
            ("run-00003", 1UL), ("run-00005", 1UL), ("run-00001", 2UL), ("run-00003", 2UL),
        }));

        publisher.Receive(Delimited.Write(
            Ack(1, 2, 2, a => a.SessionId = "run-00005"),
            Ack(2, 3, 3, a => a.SessionId = "run-00001"),
            Ack(2, 3, 3, a => a.SessionId = "run-00003")));
        Assert.That(publisher.Missing, Is.Null);
    }

    [Test]
    public void A_session_that_others_publish_to_gives_rising_sequences()
    {
        var plan = Plan with { Connections = 2 };
        var publisher = Ready(plan);
        Sent(publisher);
        publisher.Receive(Delimited.Write(Ack(1, 2, 2), Ack(3, 7, 2)));
        Assert.That(
            () => publisher.Receive(Delimited.Write(Ack(5, 8, 2))),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("begins at sequence 7 after 7"));
    }

    [Test]
    public void An_echo_must_be_the_publish_that_was_sent()
    {
        var plan = Plan with { Protocol = WireProtocol.Echo, Sessions = 3 };
        var publisher = new Publisher(plan, 0, AnswerKind.Echo);
        publisher.Open();
        publisher.Receive(Delimited.Write(Sent(publisher)));
        var publishes = Sent(publisher);
        publisher.Receive(Delimited.Write(publishes[..5]));
        Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(5));
        Assert.That(
            () => publisher.Receive(Delimited.Write(publishes[6])),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("not publish"));
    }

    private static Publisher Ready(LoadPlan plan, int index = 0)
    {
        var publisher = new Publisher(plan, index, AnswerKind.Ack);
        publisher.Open();
        Sent(publisher);
        publisher.Receive(Delimited.Write(new Frame { Welcome = new Welcome { Version = 1 } }));
        return publisher;
    }

    private static List<Frame> Sent(LoadConnection connection, bool mayPublish = true)
    {
        var frames = new List<Frame>();
        while (connection.TryFill(mayPublish, 0))
        {
            frames.AddRange(Delimited.Read(connection.Unsent));
            connection.Sent(connection.Unsent.Length);
        }

        return frames;
    }

    // As the engine does: what was kept comes first in the buffer.
    private static void Feed(LoadConnection connection, ReadOnlySpan<byte> bytes)
    {
        var buffer = new byte[1024];
        var kept = connection.RestorePartialFrame(buffer);
        bytes.CopyTo(buffer.AsSpan(kept));
        connection.Receive(buffer.AsSpan(0, kept + bytes.Length));
    }

    private static IEnumerable<ulong> Ids(int from, int count) => Enumerable.Range(from, count).Select(i => First + (ulong)i);

    private static Frame Ack(ulong publish, ulong sequence, uint count, Action<Ack>? change = null)
    {
        var ack = new Ack
        {
            SessionId = "run-00000",
            PublishId = First + publish,
            Sequence = sequence,
            Count = count,
            Durability = Durability.Disk,
        };
        change?.Invoke(ack);
        return new Frame { Ack = ack };
    }
}
