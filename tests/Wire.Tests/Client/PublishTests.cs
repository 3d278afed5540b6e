using System.Text;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Tests.Client;

internal sealed class PublishTests : ClientFixture
{
    [Test]
    public async Task A_publish_carries_all_that_was_said_and_is_answered()
    {
        var client = Client();
        var options = new PublishOptions
        {
            Kind = PayloadKind.Event,
            Channel = Channel.Wechat,
            Durability = Durability.Disk,
            InReplyTo = 7,
            PublishId = 42,
        };
        var answer = client.PublishAsync("session-1", "你好"u8.ToArray(), options);

        var peer = await Server.WelcomeAsync();
        var publish = await peer.ReadPublishAsync();
        await peer.SendAsync(Frames.Ack(publish, 8));

        Assert.That(publish, Is.EqualTo(new Publish
        {
            SessionId = "session-1",
            PublishId = 42,
            Payload = Google.Protobuf.ByteString.CopyFromUtf8("你好"),
            Kind = PayloadKind.Event,
            Channel = Channel.Wechat,
            Durability = Durability.Disk,
            InReplyTo = 7,
        }));
        Assert.That(await Within(answer), Is.EqualTo(new PublishResult(8, 42, Duplicate: false, Durability.Disk)));
    }

    [Test]
    public async Task A_range_answers_each_publish_with_its_own_sequence()
    {
        var client = Client();
        var answers = Enumerable.Range(0, 5).Select(i => client.PublishAsync("s", $"{i}").AsTask()).ToArray();

        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishesAsync(5);
        await peer.SendAsync(Frames.Ack(sent[1], 11, count: 2), Frames.Ack(sent[4], 30, count: 3));

        var results = await Within(Task.WhenAll(answers));
        Assert.That(results.Select(result => result.Sequence), Is.EqualTo(new ulong[] { 10, 11, 28, 29, 30 }));
        Assert.That(results.Select(result => result.PublishId), Is.EqualTo(sent.Select(publish => publish.PublishId)));
        Assert.That(sent.Select(publish => publish.Payload.ToStringUtf8()), Is.EqualTo(new[] { "0", "1", "2", "3", "4" }));
    }

    [Test]
    public async Task What_was_unanswered_is_sent_again_in_order_with_the_same_ids_and_is_stored_once()
    {
        var client = Client();
        var answers = Enumerable.Range(0, 6).Select(i => client.PublishAsync("s", $"{i}").AsTask()).ToArray();
        var first = await Server.WelcomeAsync();
        var sent = await first.ReadPublishesAsync(6);
        await first.SendAsync(Frames.Ack(sent[1], 2, count: 2));
        await Within(answers[1]);
        first.Reset();

        var second = await Server.WelcomeAsync();
        var again = await second.ReadPublishesAsync(4);
        Assert.That(again, Is.EqualTo(sent[2..]), "the same publishes, in the same order");

        // Two of them had been stored before the connection was lost.
        await second.SendAsync(Frames.Ack(again[1], 4, count: 2, duplicate: true), Frames.Ack(again[3], 6, count: 2));
        var results = await Within(Task.WhenAll(answers));
        Assert.That(results.Select(result => result.Duplicate), Is.EqualTo(new[] { false, false, true, true, false, false }));
        Assert.That(results.Select(result => result.Sequence), Is.EqualTo(new ulong[] { 1, 2, 4, 4, 5, 6 }));
        Assert.That(client.Connections, Is.EqualTo(2));
    }

    [Test]
    public async Task A_publish_that_is_made_between_connections_follows_what_was_unanswered()
    {
        var client = Client();
        var before = client.PublishAsync("s", "before");
        var first = await Server.WelcomeAsync();
        var lost = await first.ReadPublishAsync();
        first.Reset();
        var second = await Server.AcceptAsync();
        var between = client.PublishAsync("s", "between");
        await second.ReadAsync();
        await second.SendAsync(Frames.Welcome());

        var sent = await second.ReadPublishesAsync(2);
        Assert.That(sent[0], Is.EqualTo(lost));
        Assert.That(sent[1].Payload.ToStringUtf8(), Is.EqualTo("between"));
        Assert.That(sent[1].PublishId, Is.GreaterThan(lost.PublishId));
        await second.SendAsync(Frames.Ack(sent[1], 2, count: 2));
        Assert.That((await Within(before)).Sequence, Is.EqualTo(1));
        Assert.That((await Within(between)).Sequence, Is.EqualTo(2));
    }

    [Test]
    public async Task Answers_of_sessions_come_in_any_order()
    {
        var client = Client();
        var one = client.PublishAsync("one", "1");
        var two = client.PublishAsync("two", "2");
        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishesAsync(2);
        await peer.SendAsync(Frames.Ack(sent[1], 20), Frames.Ack(sent[0], 10));

        Assert.That((await Within(one)).Sequence, Is.EqualTo(sent[0].SessionId == "one" ? 10 : 20));
        Assert.That((await Within(two)).Sequence, Is.EqualTo(sent[0].SessionId == "one" ? 20 : 10));
    }

    [TestCase(ErrorCode.Conflict)]
    [TestCase(ErrorCode.Forbidden)]
    [TestCase(ErrorCode.InvalidArgument)]
    [TestCase(ErrorCode.DataLoss)]
    public async Task A_refusal_ends_that_publish_alone(ErrorCode code)
    {
        var client = Client();
        var answers = Enumerable.Range(0, 3).Select(i => client.PublishAsync("s", $"{i}").AsTask()).ToArray();
        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishesAsync(3);
        await peer.SendAsync(Frames.Ack(sent[0], 1), Frames.Refusal(sent[1], code, head: 9), Frames.Ack(sent[2], 2));

        var refusal = await FailureOf<WirePublishException>(answers[1]);
        Assert.That(refusal.Code, Is.EqualTo(code));
        Assert.That(refusal.SessionId, Is.EqualTo("s"));
        Assert.That(refusal.PublishId, Is.EqualTo(sent[1].PublishId));
        Assert.That(refusal.HeadSequence, Is.EqualTo(9));
        Assert.That((await Within(answers[2])).Sequence, Is.EqualTo(2));
    }

    [Test]
    public async Task Nothing_follows_a_conditional_publish_to_its_session_before_it_is_answered()
    {
        var client = Client();
        var conditional = client.PublishAsync("s", "conditional", new PublishOptions { ExpectedHead = 0 });
        var behind = client.PublishAsync("s", "behind");
        var elsewhere = client.PublishAsync("t", "elsewhere");

        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishesAsync(2);
        Assert.That(sent[0].HasExpectedHead, Is.True);
        Assert.That(sent[1].SessionId, Is.EqualTo("t"), "only the other session goes on");
        await peer.SendAsync(Frames.Ack(sent[1], 1));
        await Within(elsewhere);

        await peer.SendAsync(Frames.Refusal(sent[0], ErrorCode.Conflict, head: 3));
        var conflict = await FailureOf<WirePublishException>(conditional.AsTask());
        Assert.That(conflict.HeadSequence, Is.EqualTo(3));
        var last = await peer.ReadPublishAsync();
        Assert.That(last.Payload.ToStringUtf8(), Is.EqualTo("behind"));
        await peer.SendAsync(Frames.Ack(last, 4));
        Assert.That((await Within(behind)).Sequence, Is.EqualTo(4));
    }

    [Test]
    public async Task No_more_than_the_bound_are_on_the_wire()
    {
        var client = Client(options => options.MaxUnanswered = 2);
        var answers = Enumerable.Range(0, 5).Select(i => client.PublishAsync("s", $"{i}").AsTask()).ToArray();
        var peer = await Server.WelcomeAsync();
        for (var next = 0; next < 4; next += 2)
        {
            var sent = await peer.ReadPublishesAsync(2);

            // Whatever the client sends beyond its two comes before the answer to this.
            await peer.SendAsync(new Frame { Ping = new Ping { Nonce = 5 } });
            Assert.That((await peer.ReadAsync()).Pong?.Nonce, Is.EqualTo(5));
            await peer.SendAsync(Frames.Ack(sent[1], (ulong)next + 2, count: 2));
        }
        await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), 5));
        var results = await Within(Task.WhenAll(answers));
        Assert.That(results.Select(result => result.Sequence), Is.EqualTo(new ulong[] { 1, 2, 3, 4, 5 }));
    }

    [Test]
    public async Task A_caller_who_never_awaits_does_not_fill_the_memory()
    {
        var client = Client(options => options.MaxWaiting = 3);
        var waiting = Enumerable.Range(0, 3).Select(_ => client.PublishAsync("s", "x").AsTask()).ToArray();
        await FailureOf<InvalidOperationException>(client.PublishAsync("s", "one too many").AsTask());
        Assert.That(waiting.Any(task => task.IsCompleted), Is.False);
    }

    [Test]
    public async Task A_publish_that_is_too_long_fails_alone_and_is_not_sent()
    {
        var client = Client();
        var fits = client.PublishAsync("s", new byte[1000 - 25]);
        var tooLong = client.PublishAsync("s", new byte[1000]);
        var behind = client.PublishAsync("s", "behind");
        var peer = await Server.WelcomeAsync(maxFrameBytes: 1000);

        Assert.That((await FailureOf<WirePublishException>(tooLong.AsTask())).Code, Is.EqualTo(ErrorCode.FrameTooLarge));
        var sent = await peer.ReadPublishesAsync(2);
        Assert.That(sent[1].Payload.ToStringUtf8(), Is.EqualTo("behind"));
        await peer.SendAsync(Frames.Ack(sent[1], 2, count: 2));
        await Within(fits);
        await Within(behind);
    }

    [Test]
    public async Task The_longest_frame_that_the_server_takes_is_sent()
    {
        var client = Client();
        var probe = client.PublishAsync("s", new byte[200]);
        var peer = await Server.WelcomeAsync(maxFrameBytes: 1000);
        var first = await peer.ReadPublishAsync();
        await peer.SendAsync(Frames.Ack(first, 1));
        await Within(probe);

        var payload = 1000 - (new Frame { Publish = first }.CalculateSize() - 200);
        var longest = client.PublishAsync("s", new byte[payload]);
        var sent = await peer.ReadPublishAsync();
        Assert.That(new Frame { Publish = sent }.CalculateSize(), Is.EqualTo(1000));
        await peer.SendAsync(Frames.Ack(sent, 2));
        await Within(longest);
        await FailureOf<WirePublishException>(client.PublishAsync("s", new byte[payload + 1]).AsTask());
    }

    [Test]
    public async Task A_repetition_of_what_was_never_sent_before_is_an_error()
    {
        var client = Client();
        var answer = client.PublishAsync("s", "x");
        var peer = await Server.WelcomeAsync();
        await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), 4, duplicate: true));
        Assert.That((await FailureOf<WirePublishException>(answer.AsTask())).Code, Is.EqualTo(ErrorCode.InvalidArgument));

        // With an id of the caller's own it is what the caller asked for.
        var own = client.PublishAsync("s", "x", new PublishOptions { PublishId = ulong.MaxValue - 1 });
        await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), 4, duplicate: true));
        Assert.That(await Within(own), Is.EqualTo(new PublishResult(4, ulong.MaxValue - 1, Duplicate: true, Durability.Disk)));
    }

    [Test]
    public async Task A_later_process_begins_above_the_ids_of_the_one_before()
    {
        var time = new ManualTimeProvider();
        var ids = new List<ulong>();
        for (var i = 0; i < 2; i++)
        {
            var client = Client(options => options.TimeProvider = time);
            var answers = Enumerable.Range(0, 10).Select(_ => client.PublishAsync("s", "x").AsTask()).ToArray();
            var peer = await Server.WelcomeAsync();
            var sent = await peer.ReadPublishesAsync(10);
            ids.AddRange(sent.Select(publish => publish.PublishId));
            await peer.SendAsync(Frames.Ack(sent[9], 10, count: 10));
            await Within(Task.WhenAll(answers));
            await client.DisposeAsync();
            time.Advance(TimeSpan.FromMilliseconds(1));
        }
        Assert.That(ids, Is.Ordered.Ascending);
        Assert.That(ids, Is.Unique);
    }

    [Test]
    public async Task An_id_of_the_callers_own_has_to_rise_and_given_ids_go_on_above_it()
    {
        var client = Client();
        var peerTask = Server.WelcomeAsync();
        var own = client.PublishAsync("s", "x", new PublishOptions { PublishId = 1UL << 62 });
        Assert.That(() => client.PublishAsync("s", "x", new PublishOptions { PublishId = 1UL << 62 }), Throws.ArgumentException);
        Assert.That(() => client.PublishAsync("s", "x", new PublishOptions { PublishId = 0 }), Throws.ArgumentException);
        var given = client.PublishAsync("s", "x");

        var peer = await peerTask;
        var sent = await peer.ReadPublishesAsync(2);
        Assert.That(sent.Select(publish => publish.PublishId), Is.EqualTo(new[] { 1UL << 62, (1UL << 62) + 1 }));
        await peer.SendAsync(Frames.Ack(sent[1], 2, count: 2));
        await Within(own);
        await Within(given);
    }

    [Test]
    public async Task A_publish_that_is_cancelled_before_it_was_sent_never_is()
    {
        var client = Client();
        using var cancellation = new CancellationTokenSource();
        var first = client.PublishAsync("s", "first");
        var cancelled = client.PublishAsync("s", "cancelled", cancellationToken: cancellation.Token).AsTask();
        var last = client.PublishAsync("s", "last");
        await cancellation.CancelAsync();
        await FailureOf<OperationCanceledException>(cancelled);

        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishesAsync(2);
        Assert.That(sent.Select(publish => publish.Payload.ToStringUtf8()), Is.EqualTo(new[] { "first", "last" }));
        await peer.SendAsync(Frames.Ack(sent[1], 2, count: 2));
        await Within(first);
        await Within(last);
    }

    [Test]
    public async Task A_publish_that_is_cancelled_on_the_wire_keeps_its_place_and_its_content()
    {
        var client = Client();
        using var cancellation = new CancellationTokenSource();
        var memory = Encoding.UTF8.GetBytes("as it was");
        var cancelled = client.PublishAsync("s", memory, cancellationToken: cancellation.Token).AsTask();
        var behind = client.PublishAsync("s", "behind");
        var first = await Server.WelcomeAsync();
        await first.ReadPublishesAsync(2);
        await cancellation.CancelAsync();
        await FailureOf<OperationCanceledException>(cancelled);
        memory.AsSpan().Fill((byte)'#');
        first.Reset();

        var second = await Server.WelcomeAsync();
        var again = await second.ReadPublishesAsync(2);
        Assert.That(again[0].Payload.ToStringUtf8(), Is.EqualTo("as it was"));
        await second.SendAsync(Frames.Ack(again[1], 2, count: 2));
        Assert.That((await Within(behind)).Sequence, Is.EqualTo(2));
    }

    [Test]
    public async Task Publishes_of_many_callers_are_each_answered_once()
    {
        var client = Client(options => options.MaxUnanswered = 64);
        var callers = Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            var sequences = new List<ulong>();
            for (var i = 0; i < 200; i++)
                sequences.Add((await client.PublishAsync($"session-{caller}", $"{i}")).Sequence);
            return sequences;
        })).ToArray();

        var peer = await Server.WelcomeAsync();
        var heads = new Dictionary<string, ulong>();
        for (var i = 0; i < 8 * 200; i++)
        {
            var publish = await peer.ReadPublishAsync();
            heads.TryGetValue(publish.SessionId, out var head);
            Assert.That(publish.Payload.ToStringUtf8(), Is.EqualTo($"{head}"));
            heads[publish.SessionId] = head + 1;
            await peer.SendAsync(Frames.Ack(publish, head + 1));
        }
        var expected = Enumerable.Range(1, 200).Select(i => (ulong)i);
        Assert.That(await Within(Task.WhenAll(callers)), Is.All.EqualTo(expected));
    }

    [Test]
    public void A_session_id_that_is_none_is_refused_at_once()
    {
        var client = Client();
        foreach (var id in new[] { "", "line\nbreak", "half a \ud800 pair", new string('é', 65) })
        {
            Assert.That(() => client.PublishAsync(id, "x"), Throws.ArgumentException);
            Assert.That(() => client.SubscribeAsync(id), Throws.ArgumentException);
        }
    }

    [Test]
    public void Options_out_of_range_are_all_named()
    {
        var options = new WireClientOptions { ClientId = "$server", Port = 0, MaxUnanswered = 0, ConnectTimeout = TimeSpan.Zero };
        Assert.That(
            () => new WireClient(options),
            Throws.ArgumentException.With.Message.Contains("ClientId").And.Message.Contains("Port")
                .And.Message.Contains("MaxUnanswered").And.Message.Contains("ConnectTimeout"));
    }
}
