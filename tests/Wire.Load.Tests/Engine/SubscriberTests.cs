using System.Net;
using Google.Protobuf;
using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Frames;
using Wire.Protocol;

namespace Wire.Load.Tests.Engine;

[TestFixture]
internal sealed class SubscriberTests
{
    private static readonly LoadPlan Plan = new()
    {
        EndPoint = new IPEndPoint(IPAddress.Loopback, 1),
        Protocol = WireProtocol.Ack,
        Connections = 1,
        Depth = 4,
        Name = "run",
        Sessions = 1,
        PayloadBytes = 3,
        Followers = 1,
    };

    [Test]
    public void A_message_is_complete_once_it_was_answered_and_delivered()
    {
        var publisher = Ready();
        publisher.TryFill(mayPublish: true, 0);
        publisher.Sent(publisher.Unsent.Length);

        publisher.Receive(Delimited.Write(new Frame
        {
            Ack = new Ack { SessionId = "run-00000", PublishId = PublishFrames.FirstPublishId + 2, Sequence = 3, Count = 3 },
        }));
        Assert.That(publisher.Window.Complete(0, null), Is.Zero);
        publisher.Subscribers[0].Receive(Delimited.Write(Message(1), Message(2)));
        Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(2));
        publisher.Subscribers[0].Receive(Delimited.Write(Message(3), Message(4)));
        Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(1));
        Assert.That(publisher.Subscribers[0].Missing, Is.Null);
        Assert.That(publisher.Missing, Is.Not.Null);
    }

    [TestCase(2UL, Description = "one left out")]
    [TestCase(0UL)]
    public void A_message_out_of_order_ends_the_run(ulong sequence)
    {
        var subscriber = Ready().Subscribers[0];
        Assert.That(
            () => subscriber.Receive(Delimited.Write(Message(sequence))),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains($"sequence {sequence} came where 1"));
    }

    [Test]
    public void A_message_with_another_payload_ends_the_run()
    {
        var subscriber = Ready().Subscribers[0];
        var message = Message(1);
        message.Message.Payload = ByteString.CopyFromUtf8("four");
        Assert.That(
            () => subscriber.Receive(Delimited.Write(message)),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("4 bytes"));
    }

    [Test]
    public void A_session_that_is_not_new_ends_the_run() =>
        Assert.That(
            () => Ready(head: 5),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("none of the new sessions"));

    [Test]
    public void Where_replies_are_awaited_a_message_is_complete_with_the_reply_that_covers_it()
    {
        var publisher = Ready(awaitsReplies: true);
        publisher.TryFill(mayPublish: true, 0);
        publisher.Sent(publisher.Unsent.Length);
        // The replies take sequences too.
        publisher.Receive(Delimited.Write(Ack(1, 2, 2), Ack(2, 4, 1)));
        var subscriber = publisher.Subscribers[0];
        subscriber.Receive(Delimited.Write(Message(1), Message(2)));
        Assert.That(publisher.Window.Complete(0, null), Is.Zero);
        subscriber.Receive(Delimited.Write(Reply(3, to: 2)));
        Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(2));
        subscriber.Receive(Delimited.Write(Message(4, publish: 3), Reply(5, to: 4)));
        Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(1));
        Assert.That(
            () => subscriber.Receive(Delimited.Write(Reply(6, to: 4))),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("answers nothing new"));

        static Frame Ack(ulong publish, ulong sequence, uint count) => new()
        {
            Ack = new Ack { SessionId = "run-00000", PublishId = PublishFrames.FirstPublishId + publish, Sequence = sequence, Count = count },
        };
    }

    private static Publisher Ready(ulong head = 0, bool awaitsReplies = false)
    {
        var publisher = new Publisher(Plan with { AwaitsReplies = awaitsReplies }, 0, AnswerKind.Ack);
        var subscriber = publisher.Subscribers[0];
        foreach (var connection in new LoadConnection[] { publisher, subscriber })
        {
            connection.Open();
            connection.TryFill(mayPublish: true, 0);
            connection.Sent(connection.Unsent.Length);
            connection.Receive(Delimited.Write(new Frame { Welcome = new Welcome { Version = 1 } }));
        }

        subscriber.TryFill(mayPublish: true, 0);
        var subscribe = Delimited.Read(subscriber.Unsent).Single().Subscribe;
        subscriber.Sent(subscriber.Unsent.Length);
        Assert.That(subscribe, Is.EqualTo(new Subscribe { SessionId = "run-00000", FromSequence = 1 }));
        subscriber.Receive(Delimited.Write(new Frame { Subscribed = new Subscribed { SessionId = "run-00000", HeadSequence = head } }));
        Assert.That(subscriber.IsReady, Is.True);
        return publisher;
    }

    private static Frame Reply(ulong sequence, ulong to)
    {
        var reply = Message(sequence);
        reply.Message.InReplyTo = to;
        return reply;
    }

    private static Frame Message(ulong sequence, ulong publish = 0) => new()
    {
        Message = new Message
        {
            Id = 1,
            SessionId = "run-00000",
            Sequence = sequence,
            PublishId = PublishFrames.FirstPublishId + (publish == 0 ? sequence : publish) - 1,
            Payload = ByteString.CopyFromUtf8("abc"),
        },
    };
}
