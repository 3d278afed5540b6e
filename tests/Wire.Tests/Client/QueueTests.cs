using System.Collections.Concurrent;
using System.Text;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Tests.Client;

internal sealed class QueueTests : ClientFixture
{
    private readonly ConcurrentQueue<(string Session, PublishAnswer Answer)> _recovered = new();
    private string _path = "";

    [SetUp]
    public void NewFile()
    {
        _recovered.Clear();
        _path = NewPath();
    }

    [Test]
    public async Task What_has_no_answer_is_sent_by_the_next_process_with_the_same_ids()
    {
        // Its time stands still, so that it stays offline: a call of its own would be taken for the next process's.
        var before = Queued(time: new ManualTimeProvider());
        var peer = await ConnectAsync(before);
        using (var publisher = before.OpenPublisher("s"))
        {
            _ = before.PublishAsync("s", "0").AsTask();
            await publisher.PublishAsync("1"u8.ToArray());
            _ = before.PublishAsync("t", "2", new PublishOptions { ExpectedHead = 4, Kind = PayloadKind.Event });
            var sent = await peer.ReadPublishesAsync(3);
            await peer.SendAsync(Frames.Ack(sent.First(publish => publish.SessionId == "s"), 1));
            await PongAsync(peer);
            peer.Reset();
            await publisher.PublishAsync("3 offline"u8.ToArray());
            _ = before.PublishAsync("s", "4 offline").AsTask();
            await before.DisposeAsync();

            var after = Queued();
            peer = await ConnectAsync(after);
            var answer = after.PublishAsync("s", "5 new").AsTask();
            var again = await peer.ReadPublishesAsync(5);
            var ofS = again.Where(publish => publish.SessionId == "s").ToArray();
            Assert.That(ofS.Select(publish => publish.Payload.ToStringUtf8()), Is.EqualTo(new[] { "1", "3 offline", "4 offline", "5 new" }));
            Assert.That(ofS[0], Is.EqualTo(sent.Last(publish => publish.SessionId == "s")));
            Assert.That(ofS.Select(publish => publish.PublishId), Is.Ordered.And.Unique);
            var conditional = again.Single(publish => publish.SessionId == "t");
            Assert.That(conditional, Is.EqualTo(sent.Single(publish => publish.SessionId == "t")));

            // The first had been stored, its answer was lost.
            await peer.SendAsync(Frames.Ack(ofS[0], 2, duplicate: true), Frames.Ack(ofS[3], 5, count: 3), Frames.Refusal(conditional, ErrorCode.Conflict));
            Assert.That((await Within(answer)).Sequence, Is.EqualTo(5));
            await PongAsync(peer);
            Assert.That(_recovered.Where(told => told.Session == "s").Select(told => (told.Answer.Count, told.Answer.Sequence, told.Answer.Duplicate)), Is.EqualTo(new[]
            {
                (1, 2UL, true),
                (2, 4UL, false),
            }));
            Assert.That(_recovered.Single(told => told.Session == "t").Answer.Refusal!.Code, Is.EqualTo(ErrorCode.Conflict));
            await after.DisposeAsync();
        }

        var last = Queued();
        peer = await ConnectAsync(last);
        _ = last.PublishAsync("s", "6").AsTask();
        Assert.That((await peer.ReadPublishAsync()).Payload.ToStringUtf8(), Is.EqualTo("6"), "nothing else was left");
    }

    [Test]
    public async Task What_a_killed_process_leaves_is_whole_at_every_moment()
    {
        var client = Queued();
        using var publisher = client.OpenPublisher("s");
        for (var i = 0; i < 5; i++)
        {
            await publisher.PublishAsync(Encoding.UTF8.GetBytes($"{i}"));
            _ = client.PublishAsync("s", $"{i} too").AsTask();
            var left = Copy();
            Assert.That(Recovered(left), Has.Count.EqualTo(2 * (i + 1)), "it is there when the call has ended");
        }
        await client.DisposeAsync();
    }

    [Test]
    public async Task Ids_rise_over_processes_whatever_the_clock_does()
    {
        var time = new ManualTimeProvider();
        var before = Queued(time: time);
        var peer = await ConnectAsync(before);
        var answer = before.PublishAsync("s", "x", new PublishOptions { PublishId = ulong.MaxValue / 2 }).AsTask();
        var sent = await peer.ReadPublishAsync();
        await peer.SendAsync(Frames.Ack(sent, 1));
        await Within(answer);
        await before.DisposeAsync();

        var after = Queued(time: new ManualTimeProvider());
        peer = await ConnectAsync(after);
        _ = after.PublishAsync("s", "y").AsTask();
        Assert.That((await peer.ReadPublishAsync()).PublishId, Is.EqualTo((ulong.MaxValue / 2) + 1));
    }

    [Test]
    public async Task A_full_queue_says_so_and_has_room_again_after_an_answer([Values] bool ofBytes, [Values] bool pipelined)
    {
        var client = Queued(options =>
        {
            options.MaxMessages = ofBytes ? 100 : 2;
            options.MaxBytes = ofBytes ? 2500 : 1 << 20;
        });
        using var publisher = client.OpenPublisher("s");
        var payload = new byte[ofBytes ? 1000 : 1];
        var first = client.PublishAsync("s", payload).AsTask();
        _ = client.PublishAsync("s", payload).AsTask();
        var failure = await FailureOf<WireQueueException>(PublishAsync());
        Assert.That(failure.IsFull, Is.True);
        Assert.That(failure.Message, Does.Contain(_path).And.Contain("full"));

        var peer = await Server.WelcomeAsync();
        await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), 1));
        await Within(first);
        _ = PublishAsync();
        await peer.ReadPublishesAsync(2);

        Task PublishAsync() => pipelined ? publisher.PublishAsync(payload).AsTask() : client.PublishAsync("s", payload).AsTask();
    }

    [Test]
    public async Task A_window_that_is_full_waits_with_a_queue_too()
    {
        var client = Queued();
        using var publisher = client.OpenPublisher("s", new WirePublisherOptions { MaxUnanswered = 1 });
        await publisher.PublishAsync(new byte[1]);
        var second = publisher.PublishAsync(new byte[2]).AsTask();
        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishAsync();
        Assert.That(second.IsCompleted, Is.False);
        await peer.SendAsync(Frames.Ack(sent, 1));
        var id = await Within(second);
        Assert.That((await peer.ReadPublishAsync()).PublishId, Is.EqualTo(id));
        await peer.SendAsync(Frames.Ack(new Publish { SessionId = "s", PublishId = id }, 2));
        await Within(publisher.CompleteAsync());
        Assert.That(Recovered(Copy()), Is.Empty);
    }

    [Test]
    public async Task What_was_cancelled_unsent_or_is_too_long_does_not_come_back()
    {
        var client = Queued();
        using var cancellation = new CancellationTokenSource();
        var cancelled = client.PublishAsync("s", "cancelled", cancellationToken: cancellation.Token).AsTask();
        var tooLong = client.PublishAsync("s", new string('x', 2000)).AsTask();
        using var publisher = client.OpenPublisher("s");
        await publisher.PublishAsync(new byte[2000]);
        var kept = client.PublishAsync("s", "kept").AsTask();
        await cancellation.CancelAsync();
        await FailureOf<OperationCanceledException>(cancelled);
        var peer = await Server.WelcomeAsync(maxFrameBytes: 1000);
        await peer.ReadPublishAsync();
        await FailureOf<WirePublishException>(tooLong);
        await PongAsync(peer);
        Assert.That(Recovered(Copy()).Single().Frame.ToArray(), Does.Contain((byte)'k'));
        Assert.That(kept.IsCompleted, Is.False);
    }

    [Test]
    public async Task One_client_at_a_time_and_the_same_one()
    {
        var client = Queued();
        var inUse = Assert.Throws<WireQueueException>(() => Queued());
        Assert.That(inUse.Path, Is.EqualTo(_path));
        await client.DisposeAsync();
        var other = Assert.Throws<WireQueueException>(() => Client(options =>
        {
            options.ClientId = "visitor-2";
            options.Queue = new WireQueueOptions { Path = _path };
        }));
        Assert.That(other.Message, Does.Contain("another client"));
        await Queued().DisposeAsync();
    }

    [Test]
    public void What_is_no_queue_is_left_as_it_is()
    {
        File.WriteAllText(_path, "the user's own notes");
        var failure = Assert.Throws<WireQueueException>(() => Queued());
        Assert.That(failure.Message, Does.Contain("no queue"));
        Assert.That(File.ReadAllText(_path), Is.EqualTo("the user's own notes"));
        Assert.Throws<WireQueueException>(() => Client(options => options.Queue = new WireQueueOptions { Path = Path.Combine(_path, "no folder") }));
        Assert.Throws<ArgumentException>(() => Client(options => options.Queue = new WireQueueOptions()));
    }

    [Test]
    public async Task Synced_publishes_are_sent_and_answered_like_any()
    {
        var client = Queued(options => options.SyncEachPublish = true);
        var answer = client.PublishAsync("s", "x").AsTask();
        var peer = await Server.WelcomeAsync();
        await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), 1));
        await Within(answer);
    }

    [Test]
    public async Task Many_threads_keep_one_order_in_the_file_and_on_the_wire()
    {
        var client = Queued();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            using var publisher = client.OpenPublisher("s");
            for (var i = 0; i < 200; i++)
            {
                if (writer % 2 == 0)
                    await publisher.PublishAsync(new byte[10]);
                else
                    _ = client.PublishAsync("s", new byte[10]).AsTask();
            }
        }));
        await Within(Task.WhenAll(writers));
        var inFile = Recovered(Copy()).Select(publish => publish.PublishId).ToList();
        var peer = await Server.WelcomeAsync();
        var sent = await peer.ReadPublishesAsync(800);
        Assert.That(sent.Select(publish => publish.PublishId), Is.Ordered.And.EqualTo(inFile));
    }

    private WireClient Queued(Action<WireQueueOptions>? configure = null, TimeProvider? time = null) => Client(options =>
    {
        options.TimeProvider = time ?? TimeProvider.System;
        options.Queue = new WireQueueOptions
        {
            Path = _path,
            OnRecoveredAnswer = (session, answer) => _recovered.Enqueue((session, answer)),
        };
        configure?.Invoke(options.Queue);
    });

    private async Task<ScriptedPeer> ConnectAsync(WireClient client)
    {
        var connecting = client.ConnectAsync();
        var peer = await Server.WelcomeAsync();
        await Within(connecting);
        return peer;
    }

    private static async Task PongAsync(ScriptedPeer peer)
    {
        await peer.SendAsync(new Frame { Ping = new Ping { Nonce = 1 } });
        Assert.That((await peer.ReadAsync()).BodyCase, Is.EqualTo(Frame.BodyOneofCase.Pong));
    }

    // What a process that is killed now leaves behind.
    private string Copy()
    {
        var copy = NewPath();
        using var from = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var to = File.Create(copy);
        from.CopyTo(to);
        return copy;
    }

    private static IReadOnlyList<QueuedPublish> Recovered(string path)
    {
        using var queue = PublishQueue.Open(new WireQueueOptions { Path = path }, "visitor-1");
        return queue.TakeRecovered();
    }
}
