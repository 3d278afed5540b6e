using System.Collections.Concurrent;
using System.Text;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Tests.Client;

internal sealed class PublisherTests : ClientFixture
{
    private readonly ConcurrentQueue<PublishAnswer> _answers = new();

    [SetUp]
    public void Forget() => _answers.Clear();

    [Test]
    public async Task A_range_is_told_as_one_answer()
    {
        using var publisher = Open(Client());
        var ids = await PublishAsync(publisher, "a", "b", "c", "d");
        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishesAsync(4);
        Assert.That(sent.Select(publish => publish.PublishId), Is.EqualTo(ids));
        Assert.That(sent.Select(publish => publish.Payload.ToStringUtf8()), Is.EqualTo(new[] { "a", "b", "c", "d" }));
        Assert.That(publisher.Unanswered, Is.EqualTo(4));

        await peer.SendAsync(Frames.Ack(sent[2], 13, count: 3), Frames.Ack(sent[3], 20));
        await Within(publisher.FlushAsync());
        Assert.That(_answers, Is.EqualTo(new[]
        {
            new PublishAnswer(ids[0], ids[2], 3, 13, false, Durability.Disk, null),
            new PublishAnswer(ids[3], ids[3], 1, 20, false, Durability.Disk, null),
        }));
        Assert.That(_answers.First().FirstSequence, Is.EqualTo(11));
        Assert.That(publisher.Unanswered, Is.Zero);
    }

    [Test]
    public async Task All_that_may_be_said_goes_with_it_and_the_payload_is_the_callers_again()
    {
        using var publisher = Open(Client(), options => options.PublishOptions = new PublishOptions { Channel = Channel.App });
        var payload = "one"u8.ToArray();
        await publisher.PublishAsync(payload);
        Encoding.ASCII.GetBytes("two", payload);
        await publisher.PublishAsync(payload, new PublishOptions { PublishId = ulong.MaxValue - 9, InReplyTo = 7, Kind = PayloadKind.Event });

        var sent = await (await Server.WelcomeAsync()).ReadPublishesAsync(2);
        Assert.That(sent[0], Is.EqualTo(new Publish
        {
            SessionId = "s",
            PublishId = sent[0].PublishId,
            Payload = Google.Protobuf.ByteString.CopyFromUtf8("one"),
            Channel = Channel.App,
        }));
        Assert.That(sent[1], Is.EqualTo(new Publish
        {
            SessionId = "s",
            PublishId = ulong.MaxValue - 9,
            Payload = Google.Protobuf.ByteString.CopyFromUtf8("two"),
            InReplyTo = 7,
            Kind = PayloadKind.Event,
        }));
    }

    [Test]
    public async Task A_full_window_waits_for_an_answer([Values] bool ofBytes)
    {
        using var publisher = Open(Client(), options =>
        {
            options.MaxUnanswered = ofBytes ? 100 : 2;
            options.MaxUnansweredBytes = ofBytes ? 2000 : 1 << 20;
        });
        var payload = new string('x', ofBytes ? 900 : 10);
        await PublishAsync(publisher, payload, payload);
        Assert.That(publisher.TryPublish("more"u8.ToArray().Concat(new byte[1000]).ToArray(), out _), Is.False);
        var third = publisher.PublishAsync(Encoding.UTF8.GetBytes("third" + payload)).AsTask();
        Assert.That(() => publisher.PublishAsync(new byte[1]), Throws.InvalidOperationException, "one wait at a time");
        Assert.That(publisher.TryPublish([1], out _), Is.False, "nobody overtakes who waits");

        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishesAsync(2);
        Assert.That(third.IsCompleted, Is.False);
        await peer.SendAsync(Frames.Ack(sent[0], 1));
        var id = await Within(third);
        Assert.That((await peer.ReadPublishAsync()).PublishId, Is.EqualTo(id));
        await peer.SendAsync(Frames.Ack(new Publish { SessionId = "s", PublishId = id }, 3, count: 2));
        await Within(publisher.FlushAsync());
        Assert.That(publisher.TryPublish([1], out _), Is.True);
    }

    [Test]
    public async Task An_empty_window_takes_a_message_of_any_size()
    {
        using var publisher = Open(Client(), options => options.MaxUnansweredBytes = 1);
        var id = await Within(publisher.PublishAsync(new byte[300_000]));
        var peer = await Server.WelcomeAsync();
        Assert.That((await peer.ReadPublishAsync()).PublishId, Is.EqualTo(id));
    }

    [Test]
    public async Task Who_cancels_the_wait_for_room_has_published_nothing()
    {
        using var publisher = Open(Client(), options => options.MaxUnanswered = 1);
        await PublishAsync(publisher, "first");
        using var cancellation = new CancellationTokenSource();
        var second = publisher.PublishAsync("second"u8.ToArray(), cancellationToken: cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await FailureOf<OperationCanceledException>(second);
        Assert.That(() => publisher.PublishAsync("x"u8.ToArray(), null, cancellation.Token).AsTask(), Throws.InstanceOf<OperationCanceledException>());
        var third = publisher.PublishAsync("third"u8.ToArray()).AsTask();

        var peer = await Server.WelcomeAsync();
        await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), 1));
        await Within(third);
        Assert.That((await peer.ReadPublishAsync()).Payload.ToStringUtf8(), Is.EqualTo("third"));
    }

    [Test]
    public async Task What_was_unanswered_is_sent_again_in_order_among_both_forms()
    {
        var client = Client();
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var publisher = Open(client, options => options.OnAnswer += _ => answered.TrySetResult());
        await PublishAsync(publisher, "0", "1");
        var awaited = client.PublishAsync("s", "2").AsTask();
        await PublishAsync(publisher, "3", "4");
        var first = await Server.WelcomeAsync();
        var sent = await first.ReadPublishesAsync(5);
        Assert.That(sent.Select(publish => publish.Payload.ToStringUtf8()), Is.EqualTo(new[] { "0", "1", "2", "3", "4" }));
        await first.SendAsync(Frames.Ack(sent[0], 1));
        await Within(answered.Task);
        first.Reset();

        var second = await Server.WelcomeAsync();
        Assert.That(await second.ReadPublishesAsync(4), Is.EqualTo(sent[1..]));
        await second.SendAsync(Frames.Ack(sent[3], 4, count: 3, duplicate: true), Frames.Ack(sent[4], 5));
        await Within(publisher.FlushAsync());
        Assert.That((await Within(awaited)).Duplicate, Is.True);
        Assert.That(_answers.Skip(1).Select(answer => (answer.LastPublishId, answer.Count, answer.Sequence, answer.Duplicate)), Is.EqualTo(new[]
        {
            (sent[1].PublishId, 1, 4UL, true),
            (sent[3].PublishId, 1, 4UL, true),
            (sent[4].PublishId, 1, 5UL, false),
        }));
    }

    [Test]
    public async Task A_refusal_is_told_in_its_place_and_comes_out_of_the_flush()
    {
        using var publisher = Open(Client());
        var ids = await PublishAsync(publisher, "a", "b", "c");
        var flush = publisher.FlushAsync();
        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishesAsync(3);
        await peer.SendAsync(
            Frames.Ack(sent[0], 1), Frames.Refusal(sent[1], ErrorCode.Forbidden), Frames.Refusal(sent[2], ErrorCode.DataLoss));

        var failure = await FailureOf<WirePublishException>(flush);
        Assert.That((failure.Code, failure.SessionId, failure.PublishId), Is.EqualTo((ErrorCode.Forbidden, "s", ids[1])));
        Assert.That(failure.Message, Does.Contain("2 publishes were refused"));
        Assert.That(_answers.Select(answer => answer.Refusal?.Code), Is.EqualTo(new ErrorCode?[] { null, ErrorCode.Forbidden, ErrorCode.DataLoss }));
        await Within(publisher.FlushAsync());
    }

    [Test]
    public async Task Nothing_follows_a_conditional_publish_before_its_answer()
    {
        using var publisher = Open(Client());
        await publisher.PublishAsync("a"u8.ToArray(), new PublishOptions { ExpectedHead = 0 });
        await PublishAsync(publisher, "b");
        var peer = await Server.WelcomeAsync();
        var conditional = await peer.ReadPublishAsync();
        Assert.That(conditional.HasExpectedHead, Is.True);
        await peer.SendAsync(new Frame { Ping = new Ping { Nonce = 5 } });
        Assert.That((await peer.ReadAsync()).BodyCase, Is.EqualTo(Frame.BodyOneofCase.Pong), "and not the publish behind it");
        await peer.SendAsync(Frames.Ack(conditional, 1));
        Assert.That((await peer.ReadPublishAsync()).Payload.ToStringUtf8(), Is.EqualTo("b"));
    }

    [Test]
    public async Task What_is_longer_than_the_server_takes_is_refused_before_and_after_that_is_known()
    {
        var client = Client();
        using var publisher = Open(client);
        await PublishAsync(publisher, "a", new string('x', 2000), "b");
        var peer = await Server.WelcomeAsync(maxFrameBytes: 1000);
        var sent = await peer.ReadPublishesAsync(2);
        Assert.That(sent.Select(publish => publish.Payload.ToStringUtf8()), Is.EqualTo(new[] { "a", "b" }));
        var known = Assert.Throws<WirePublishException>(() => _ = publisher.TryPublish(new byte[990], out _));
        Assert.That(known.Code, Is.EqualTo(ErrorCode.FrameTooLarge));
        await peer.SendAsync(Frames.Ack(sent[1], 2, count: 2));
        var failure = await FailureOf<WirePublishException>(publisher.FlushAsync());
        Assert.That(failure.Code, Is.EqualTo(ErrorCode.FrameTooLarge));
    }

    [Test]
    public async Task A_handler_that_throws_does_not_stop_the_client()
    {
        var client = Client();
        using var publisher = client.OpenPublisher(
            "s", new WirePublisherOptions { OnAnswer = _ => throw new ArithmeticException("no") });
        await PublishAsync(publisher, "a");
        var peer = await Server.WelcomeAsync();
        await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), 1));
        var failure = await FailureOf<InvalidOperationException>(publisher.FlushAsync());
        Assert.That(failure.InnerException, Is.InstanceOf<ArithmeticException>());
        var answer = client.PublishAsync("t", "x");
        await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), 1));
        await Within(answer);
    }

    [Test]
    public async Task Completing_takes_nothing_more_and_waits_for_the_answers()
    {
        var publisher = Open(Client());
        await PublishAsync(publisher, "a");
        var completion = publisher.CompleteAsync();
        Assert.That(() => publisher.PublishAsync(new byte[1]), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => publisher.TryPublish([1], out _), Throws.InstanceOf<ObjectDisposedException>());
        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishAsync();
        Assert.That(completion.IsCompleted, Is.False);
        await peer.SendAsync(Frames.Ack(sent, 1));
        await Within(completion);
        await Within(publisher.CompleteAsync());
        Assert.That(_answers, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Whoever_waits_is_told_the_clients_end([Values] bool isDisposed)
    {
        var client = Client();
        using var publisher = Open(client, options => options.MaxUnanswered = 1);
        await PublishAsync(publisher, "a");
        var room = publisher.PublishAsync(new byte[1]).AsTask();
        var flush = publisher.FlushAsync();
        var peer = await Server.WelcomeAsync();
        if (isDisposed)
        {
            await Within(client.DisposeAsync().AsTask());
            await FailureOf<ObjectDisposedException>(room);
            await FailureOf<ObjectDisposedException>(flush);
            await FailureOf<ObjectDisposedException>(publisher.FlushAsync());
            Assert.That(() => publisher.PublishAsync(new byte[1]), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(() => client.OpenPublisher("s"), Throws.InstanceOf<ObjectDisposedException>());
            return;
        }
        await peer.SendAsync(Frames.Fatal(ErrorCode.TakenOver));
        Assert.That((await FailureOf<WireConnectionException>(room)).Code, Is.EqualTo(ErrorCode.TakenOver));
        await FailureOf<WireConnectionException>(flush);
        await FailureOf<WireConnectionException>(publisher.CompleteAsync());
        Assert.That(() => publisher.PublishAsync(new byte[1]), Throws.InstanceOf<ObjectDisposedException>().Or.InstanceOf<WireConnectionException>());
    }

    [Test]
    public async Task A_lying_answer_ends_it_by_name()
    {
        using var publisher = Open(Client());
        await PublishAsync(publisher, "a", "b");
        var flush = publisher.FlushAsync();
        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishesAsync(2);
        await peer.SendAsync(Frames.Ack(sent[1], 1));
        await FailureOf<WireProtocolException>(flush);
        Assert.That(_answers, Is.Empty);
    }

    [Test]
    public void Options_out_of_range_are_refused()
    {
        var client = Client();
        Assert.That(() => client.OpenPublisher(""), Throws.ArgumentException);
        Assert.That(() => client.OpenPublisher("s", new WirePublisherOptions { MaxUnanswered = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => client.OpenPublisher("s", new WirePublisherOptions { MaxUnansweredBytes = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public async Task Many_threads_publish_to_one_session_each_in_its_own_order()
    {
        const int each = 3000;
        var client = Client(options => options.MaxUnanswered = 100);
        var peer = Task.Run(async () =>
        {
            // It answers ranges of odd lengths, and breaks on the way.
            var stored = new List<string>();
            var highest = 0UL;
            for (var connection = 0; ; connection++)
            {
                var peer = await Server.WelcomeAsync();
                var unanswered = 0u;
                while (true)
                {
                    var publish = await peer.ReadPublishAsync();
                    var isDuplicate = publish.PublishId <= highest;
                    if (!isDuplicate)
                    {
                        highest = publish.PublishId;
                        stored.Add(publish.Payload.ToStringUtf8());
                    }
                    unanswered++;
                    if (isDuplicate || stored[^1][0] == '0' || stored.Count % 7 == 0 || stored.Count == 4 * each)
                    {
                        await peer.SendAsync(Frames.Ack(publish, (ulong)stored.Count, unanswered, isDuplicate));
                        unanswered = 0;
                    }
                    if (stored.Count == 4 * each && !isDuplicate)
                        return stored;
                    if (connection < 3 && stored.Count == 1000 * (connection + 1) && !isDuplicate)
                        break;
                }
                peer.Reset();
            }
        });
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            using var publisher = writer == 0 ? null : client.OpenPublisher("s", new WirePublisherOptions { MaxUnanswered = 50 });
            for (var i = 0; i < each; i++)
            {
                var payload = Encoding.ASCII.GetBytes($"{writer}:{i:00000}");
                if (publisher is null)
                    _ = await client.PublishAsync("s", payload);
                else
                    await publisher.PublishAsync(payload);
            }
            if (publisher is not null)
                await publisher.CompleteAsync();
        })).ToArray();

        await Within(Task.WhenAll(writers));
        var stored = await Within(peer);
        Assert.That(stored, Is.Unique);
        foreach (var writer in "0123")
            Assert.That(stored.Where(text => text[0] == writer).ToList(), Is.Ordered.And.Count.EqualTo(each));
    }

    private WirePublisher Open(WireClient client, Action<WirePublisherOptions>? configure = null)
    {
        var options = new WirePublisherOptions { OnAnswer = _answers.Enqueue };
        configure?.Invoke(options);
        return client.OpenPublisher("s", options);
    }

    private static async Task<ulong[]> PublishAsync(WirePublisher publisher, params string[] texts)
    {
        var ids = new ulong[texts.Length];
        for (var i = 0; i < texts.Length; i++)
            ids[i] = await Within(publisher.PublishAsync(Encoding.UTF8.GetBytes(texts[i])));
        return ids;
    }
}
