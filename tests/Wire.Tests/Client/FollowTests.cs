using Wire.Client;
using Wire.Protocol;

namespace Wire.Tests.Client;

internal sealed class FollowTests : ClientFixture
{
    [Test]
    public async Task A_message_comes_with_all_that_the_server_says()
    {
        var client = Client();
        await using var reader = client.SubscribeAsync("s", 1).GetAsyncEnumerator();
        var next = reader.MoveNextAsync();
        var peer = await Server.WelcomeAsync();
        Assert.That((await peer.ReadAsync()).Subscribe, Is.EqualTo(new Subscribe { SessionId = "s", FromSequence = 1 }));
        var sent = new Message
        {
            Id = 123456789012345678,
            SessionId = "s",
            Sequence = 1,
            TimestampUnixNs = 1_780_000_000_123_456_789,
            Channel = Channel.App,
            Role = Role.Bot,
            Sender = "$handler",
            PublishId = 6,
            Payload = Google.Protobuf.ByteString.CopyFromUtf8("好的"),
            Kind = PayloadKind.Binary,
            InReplyTo = 6,
            Finish = Finish.Fallback,
        };
        await peer.SendAsync(Frames.Subscribed("s", 1, 1), new Frame { Message = sent });

        Assert.That(await Within(next), Is.True);
        var message = reader.Current;
        var received = new Message
        {
            Id = message.Id.Value,
            SessionId = message.SessionId,
            Sequence = message.Sequence,
            TimestampUnixNs = message.TimestampUnixNs,
            Channel = message.Channel,
            Role = message.Role,
            Sender = message.Sender,
            PublishId = message.PublishId,
            Payload = Google.Protobuf.ByteString.CopyFrom(message.Payload.Span),
            Kind = message.Kind,
            InReplyTo = message.InReplyTo,
            Finish = message.Finish,
        };
        Assert.That(received, Is.EqualTo(sent));
        Assert.That(message.Timestamp.ToUnixTimeMilliseconds(), Is.EqualTo(1_780_000_000_123));
    }

    [Test]
    public async Task A_subscription_goes_on_over_lost_connections_without_hole_or_double()
    {
        var client = Client();
        var reading = TakeAsync(client.SubscribeAsync("s", 1), 30);
        for (var next = 1UL; next <= 30; next += 10)
        {
            var peer = await Server.WelcomeAsync();
            var subscribe = (await peer.ReadAsync()).Subscribe;
            Assert.That(subscribe.FromSequence, Is.EqualTo(next));
            await peer.SendAsync(Frames.Subscribed("s", 1, next + 4));
            await peer.SendAsync([.. Sequences(next, 10).Select(sequence => Frames.Message("s", sequence))]);
            if (next < 21)
                await FlushedAsync(peer);
            if (next < 21)
                peer.Dispose();
        }
        Assert.That(await Within(reading), Is.EqualTo(Sequences(1, 30)));
    }

    [Test]
    public async Task From_zero_begins_behind_the_head_and_stays_there_over_a_lost_connection()
    {
        var client = Client();
        var reading = TakeAsync(client.SubscribeAsync("s"), 1);
        var first = await Server.WelcomeAsync();
        Assert.That((await first.ReadAsync()).Subscribe.FromSequence, Is.Zero);
        await first.SendAsync(Frames.Subscribed("s", 1, 7));
        await FlushedAsync(first);
        first.Reset();

        var second = await Server.WelcomeAsync();
        Assert.That((await second.ReadAsync()).Subscribe.FromSequence, Is.EqualTo(8));
        await second.SendAsync(Frames.Subscribed("s", 1, 8), Frames.Message("s", 8));
        Assert.That(await Within(reading), Is.EqualTo(new ulong[] { 8 }));
    }

    [Test]
    public async Task What_retention_has_removed_is_passed_over_at_the_start_and_later()
    {
        var client = Client();
        var reading = TakeAsync(client.SubscribeAsync("s", 2), 4);
        var peer = await Server.WelcomeAsync();
        await peer.ReadAsync();
        await peer.SendAsync(
            Frames.Subscribed("s", 5, 30),
            Frames.Message("s", 5),
            Frames.Message("s", 6),
            Frames.Subscribed("s", 20, 30),
            Frames.Message("s", 20),
            Frames.Message("s", 21));
        Assert.That(await Within(reading), Is.EqualTo(new ulong[] { 5, 6, 20, 21 }));
    }

    [Test]
    public async Task A_session_that_was_forgotten_begins_anew()
    {
        var client = Client();
        var reading = TakeAsync(client.SubscribeAsync("s", 1), 4);
        var first = await Server.WelcomeAsync();
        await first.ReadAsync();
        await first.SendAsync(Frames.Subscribed("s", 1, 2), Frames.Message("s", 1), Frames.Message("s", 2));
        await FlushedAsync(first);
        first.Dispose();

        var second = await Server.WelcomeAsync();
        Assert.That((await second.ReadAsync()).Subscribe.FromSequence, Is.EqualTo(3));
        await second.SendAsync(Frames.Subscribed("s", 1, 1));
        Assert.That((await second.ReadAsync()).Subscribe.FromSequence, Is.EqualTo(1));
        await second.SendAsync(Frames.Subscribed("s", 1, 2), Frames.Message("s", 1), Frames.Message("s", 2));
        Assert.That(await Within(reading), Is.EqualTo(new ulong[] { 1, 2, 1, 2 }));
    }

    [Test]
    public async Task A_slow_reader_holds_nobody_up_and_loses_nothing()
    {
        var client = Client(options => options.SubscriptionBuffer = 8);
        await using var reader = client.SubscribeAsync("s", 1).GetAsyncEnumerator();
        var next = reader.MoveNextAsync();
        var peer = await Server.WelcomeAsync();
        await peer.ReadAsync();
        await peer.SendAsync(Frames.Subscribed("s", 1, 100));
        await peer.SendAsync(Frames.Message("s", 1));
        Assert.That(await Within(next), Is.True);

        // The reader has one and takes no more: eight fit, then the client lets go of the session.
        await peer.SendAsync([.. Sequences(2, 50).Select(sequence => Frames.Message("s", sequence))]);
        Assert.That((await peer.ReadAsync()).Unsubscribe?.SessionId, Is.EqualTo("s"));
        var answer = client.PublishAsync("t", "x");
        await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), 1));
        await Within(answer);

        for (var sequence = 2UL; sequence <= 9; sequence++)
        {
            Assert.That(await Within(reader.MoveNextAsync()), Is.True);
            Assert.That(reader.Current.Sequence, Is.EqualTo(sequence));
        }
        Assert.That((await peer.ReadAsync()).Subscribe, Is.EqualTo(new Subscribe { SessionId = "s", FromSequence = 10 }));

        // What was under way before the answer belongs to the subscription that has ended.
        await peer.SendAsync(Frames.Message("s", 52), Frames.Subscribed("s", 1, 100), Frames.Message("s", 10));
        Assert.That(await Within(reader.MoveNextAsync()), Is.True);
        Assert.That(reader.Current.Sequence, Is.EqualTo(10));
    }

    [Test]
    public async Task Large_messages_fill_the_buffer_of_a_slow_reader_by_their_bytes()
    {
        var client = Client();
        await using var reader = client.SubscribeAsync("s", 1).GetAsyncEnumerator();
        var next = reader.MoveNextAsync();
        var peer = await Server.WelcomeAsync();
        await peer.ReadAsync();
        await peer.SendAsync(Frames.Subscribed("s", 1, 100));
        var large = new string('x', 400_000);
        await peer.SendAsync(Frames.Message("s", 1, large));
        Assert.That(await Within(next), Is.True);
        await peer.SendAsync([.. Sequences(2, 4).Select(sequence => Frames.Message("s", sequence, large))]);
        Assert.That((await peer.ReadAsync()).Unsubscribe, Is.Not.Null, "of four, of 1.6 MB in all, two are kept");
        for (var sequence = 2UL; sequence <= 3; sequence++)
        {
            Assert.That(await Within(reader.MoveNextAsync()), Is.True);
            Assert.That(reader.Current.Sequence, Is.EqualTo(sequence));
        }
        Assert.That((await peer.ReadAsync()).Subscribe.FromSequence, Is.EqualTo(4));
    }

    [Test]
    public async Task Who_stops_reading_ends_the_subscription_and_may_begin_another()
    {
        var client = Client();
        var first = TakeAsync(client.SubscribeAsync("s", 1), 1);
        var peer = await Server.WelcomeAsync();
        await peer.ReadAsync();
        await peer.SendAsync(Frames.Subscribed("s", 1, 3), Frames.Message("s", 1));
        await Within(first);
        Assert.That((await peer.ReadAsync()).Unsubscribe?.SessionId, Is.EqualTo("s"));

        var second = TakeAsync(client.SubscribeAsync("s", 1), 3);
        Assert.That((await peer.ReadAsync()).Subscribe.FromSequence, Is.EqualTo(1));
        await peer.SendAsync(Frames.Message("s", 2), Frames.Message("s", 3), Frames.Subscribed("s", 1, 3));
        await peer.SendAsync([.. Sequences(1, 3).Select(sequence => Frames.Message("s", sequence))]);
        Assert.That(await Within(second), Is.EqualTo(new ulong[] { 1, 2, 3 }));
    }

    [Test]
    public async Task A_session_has_one_reader_at_a_time()
    {
        var client = Client();
        var first = TakeAsync(client.SubscribeAsync("s", 1), 1);
        await FailureOf<InvalidOperationException>(TakeAsync(client.SubscribeAsync("s", 1), 1));
        var peer = await Server.WelcomeAsync();
        await peer.ReadAsync();
        await peer.SendAsync(Frames.Subscribed("s", 1, 1), Frames.Message("s", 1));
        await Within(first);
    }

    [TestCase(ErrorCode.Forbidden, false)]
    [TestCase(ErrorCode.DataLoss, false)]
    [TestCase(ErrorCode.DataLoss, true)]
    public async Task A_refusal_ends_that_subscription_alone(ErrorCode code, bool isLive)
    {
        var client = Client();
        var refused = TakeAsync(client.SubscribeAsync("s", 1), 1);
        var peer = await Server.WelcomeAsync();
        await peer.ReadAsync();
        if (isLive)
            await peer.SendAsync(Frames.Subscribed("s", 1, 5));
        await peer.SendAsync(new Frame { Error = new Error { Code = code, SessionId = "s" } });
        Assert.That((await FailureOf<WireRequestException>(refused)).Code, Is.EqualTo(code));

        var other = TakeAsync(client.SubscribeAsync("t", 1), 1);
        Assert.That((await peer.ReadAsync()).Subscribe.SessionId, Is.EqualTo("t"));
        await peer.SendAsync(Frames.Subscribed("t", 1, 1), Frames.Message("t", 1));
        await Within(other);
    }

    [Test]
    public async Task A_subscription_that_came_too_often_is_asked_for_again_in_time()
    {
        var time = new ManualTimeProvider();
        var client = Client(options => options.TimeProvider = time);
        var reading = TakeAsync(client.SubscribeAsync("s", 1), 1);
        var peer = await Server.WelcomeAsync();
        await peer.ReadAsync();
        await peer.SendAsync(new Frame
        {
            Error = new Error { Code = ErrorCode.RateLimited, SessionId = "s", RetryAfterMs = 700 },
        });
        await time.WaitForTimerAsync(wait => wait == TimeSpan.FromMilliseconds(700));
        time.Advance(TimeSpan.FromMilliseconds(700));
        Assert.That((await peer.ReadAsync()).Subscribe?.SessionId, Is.EqualTo("s"));
        await peer.SendAsync(Frames.Subscribed("s", 1, 1), Frames.Message("s", 1));
        Assert.That(await Within(reading), Is.EqualTo(new ulong[] { 1 }));
    }

    [Test]
    public async Task Signals_go_out_while_there_is_a_connection_and_those_of_others_are_read()
    {
        var client = Client();
        Assert.That(client.TrySignal("s", "typing"), Is.False, "there is no connection yet");
        var peer = await Server.WelcomeAsync();
        await Within(client.ConnectAsync());
        Assert.That(client.TrySignal("s", "typing", "1"u8), Is.True);
        Assert.That((await peer.ReadAsync()).Signal, Is.EqualTo(new Signal
        {
            SessionId = "s",
            Kind = "typing",
            Payload = Google.Protobuf.ByteString.CopyFromUtf8("1"),
        }));
        Assert.That(() => client.TrySignal("s", "typing", new byte[1025]), Throws.InstanceOf<ArgumentException>());

        await using var signals = client.ReadSignalsAsync().GetAsyncEnumerator();
        var next = signals.MoveNextAsync();
        await peer.SendAsync(new Frame
        {
            Signal = new Signal { SessionId = "s", Kind = "read", Sender = "agent-1", Role = Role.Agent },
        });
        Assert.That(await Within(next), Is.True);
        Assert.That(signals.Current, Is.EqualTo(new ReceivedSignal("s", "read", signals.Current.Payload, "agent-1", Role.Agent)));
    }

    /// <summary>The client has taken everything that was sent to it before.</summary>
    private static async Task FlushedAsync(ScriptedPeer peer)
    {
        await peer.SendAsync(new Frame { Ping = new Ping { Nonce = 1 } });
        Assert.That((await peer.ReadAsync()).BodyCase, Is.EqualTo(Frame.BodyOneofCase.Pong));
    }

    private static IEnumerable<ulong> Sequences(ulong first, int count) => Enumerable.Range(0, count).Select(i => first + (ulong)i);

    private static async Task<List<ulong>> TakeAsync(IAsyncEnumerable<ReceivedMessage> messages, int count)
    {
        var sequences = new List<ulong>();
        await foreach (var message in messages)
        {
            sequences.Add(message.Sequence);
            if (sequences.Count == count)
                break;
        }
        return sequences;
    }
}
