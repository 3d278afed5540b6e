using System.Collections.Concurrent;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Tests.Client;

/// <summary>Whatever callers and servers do: every call ends, by name, and what was acknowledged was told.</summary>
internal sealed class BadUseTests : ClientFixture
{
    [Test]
    public async Task Every_call_after_disposal_says_so()
    {
        var client = Client();
        var publisher = client.OpenPublisher("s");
        await Within(client.DisposeAsync().AsTask());

        Action[] calls =
        [
            () => client.PublishAsync("s", "x"),
            () => client.PublishAsync("s", new byte[1]),
            () => client.OpenPublisher("s"),
            () => client.TrySignal("s", "typing"),
            () => client.TryStop("s", 1),
            () => client.ConnectAsync(),
            () => client.ReadSignalsAsync(),
            () => publisher.PublishAsync(new byte[1]),
            () => publisher.TryPublish([1], out _),
        ];
        foreach (var call in calls)
            Assert.That(() => call(), Throws.InstanceOf<ObjectDisposedException>());
        Func<Task>[] tasks =
        [
            () => client.FetchAsync("s").AsTask(),
            () => client.SubscribeAsync("s").GetAsyncEnumerator().MoveNextAsync().AsTask(),
            () => client.FollowAsync("s").GetAsyncEnumerator().MoveNextAsync().AsTask(),
        ];
        foreach (var task in tasks)
            await FailureOf<ObjectDisposedException>(task());

        await Within(publisher.FlushAsync());
        await Within(publisher.CompleteAsync());
        publisher.Dispose();
        publisher.Dispose();
        Assert.That(client.IsConnected, Is.False);
        Assert.That(client.State.Status, Is.EqualTo(WireClientStatus.Ended));
        await Within(client.DisposeAsync().AsTask());
    }

    [Test]
    public async Task Callers_of_every_kind_at_once_and_a_disposal_among_them_all_end()
    {
        for (var round = 0; round < 20; round++)
        {
            var client = Client(options => options.CloseTimeout = Deadline.Of);
            var connecting = client.ConnectAsync();
            var peer = await Server.WelcomeAsync();
            await Within(connecting);
            var stored = new ConcurrentDictionary<ulong, byte>();
            var serving = Task.Run(() => AnswerAsync(peer, stored));
            var answered = new ConcurrentQueue<ulong>();
            var unknown = 0;
            var callers = Enumerable.Range(0, 6).Select(caller => Task.Run(async () =>
            {
                var session = $"s{caller % 2}";
                try
                {
                    if (caller < 3)
                    {
                        using var publisher = client.OpenPublisher(session, new WirePublisherOptions
                        {
                            MaxUnanswered = 20,
                            PublishOptions = new PublishOptions { Channel = Channel.App },
                        });
                        while (true)
                            await publisher.PublishAsync(new byte[20]);
                    }
                    while (true)
                        answered.Enqueue((await client.PublishAsync(session, new byte[20])).PublishId);
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref unknown);
                }
            })).ToArray();
            while (answered.Count < 50)
                await Task.Yield();
            await Within(client.DisposeAsync().AsTask());
            await Within(Task.WhenAll(callers));
            Assert.That(unknown, Is.EqualTo(6), "each ended by name");
            await Within(serving);
            Assert.That(answered, Is.SubsetOf(stored.Keys).And.Unique);
        }
    }

    /// <summary>
    /// A server that sends anything, in any order: true answers, wrong ones, cut and changed bytes, and breaks in between. Every
    /// call ends, and what ends well was answered so by the server.
    /// </summary>
    [FsCheck.NUnit.Property(MaxTest = 100)]
    public Property Nothing_hangs_whatever_a_server_sends() => Prop.ForAll(Gen.Choose(0, 255).ListOf().ToArbitrary(), steps =>
        Task.Run(() => SufferAsync([.. steps])).GetAwaiter().GetResult());

    private async Task SufferAsync(int[] steps)
    {
        await using var server = new ScriptedServer();
        var client = Client(options =>
        {
            options.Port = server.Port;
            options.ConnectTimeout = TimeSpan.FromMilliseconds(200);
        });
        var told = new ConcurrentQueue<PublishAnswer>();
        using var publisher = client.OpenPublisher("p", new WirePublisherOptions { MaxUnanswered = 2, OnAnswer = told.Enqueue });
        List<Task> calls =
        [
            .. Enumerable.Range(0, 3).Select(i => client.PublishAsync("s", $"{i}").AsTask()),
            client.FetchAsync("f").AsTask(),
            ReadAsync(client.FollowAsync("u", 1)),
            PublishAsync(publisher),
        ];

        var acknowledged = new HashSet<ulong>();
        var ended = Task.Run(async () =>
        {
            await foreach (var state in client.WatchStateAsync())
                Assert.That(state, Is.Not.Null);
        });
        try
        {
            await ServeAsync();
        }
        catch (Exception exception) when (exception is AssertionException or IOException or TimeoutException or OperationCanceledException
            or ObjectDisposedException)
        {
            // The client has had enough, and closed.
        }

        await client.DisposeAsync().AsTask().WaitAsync(Deadline.Of);
        await ended.WaitAsync(Deadline.Of);
        foreach (var call in calls)
        {
            try
            {
                await call.WaitAsync(Deadline.Of);
            }
            catch (Exception exception) when (exception is WireException or ObjectDisposedException)
            {
                // By name.
            }
        }
        if (!steps.Any(step => step % 8 is 5 or 6))
            Assert.That(told.Where(answer => answer.IsStored).Select(answer => answer.LastPublishId), Is.SubsetOf(acknowledged));

        async Task ServeAsync()
        {
            var peer = await server.WelcomeAsync();
            foreach (var step in steps)
            {
                // There is always something to read.
                await peer.SendAsync(new Frame { Ping = new Ping { Nonce = 1 } });
                var frame = await peer.ReadAsync();
                var answer = AnswerTo(frame, step);
                if (frame.Publish is not null && step % 8 < 5)
                    acknowledged.Add(frame.Publish.PublishId);
                using var bytes = new MemoryStream();
                answer.WriteDelimitedTo(bytes);
                var sent = bytes.ToArray();
                switch (step % 8)
                {
                    case 5:
                        sent[step % sent.Length] ^= (byte)(1 << (step >> 5));
                        break;
                    case 6:
                        sent = sent[..(step % sent.Length)];
                        break;
                    case 7:
                        peer.Reset();
                        var next = server.WelcomeAsync();
                        if (await Task.WhenAny(next, ended) == ended)
                            return;
                        peer = await next;
                        continue;
                }
                await peer.SendBytesAsync(sent);
                if (step % 8 is 5 or 6)
                    return; // no telling what the client waits for now
            }
            peer.Dispose();
        }
    }

    private static Frame AnswerTo(Frame frame, int step)
    {
        if (frame.Publish is { } publish)
            return (step >> 3) % 6 == 5 ? Frames.Refusal(publish, ErrorCode.Forbidden) : Frames.Ack(publish, (ulong)(step + 1), (uint)Math.Max(1, (step >> 3) % 3));
        if (frame.Subscribe is { } subscribe)
            return Frames.Subscribed(subscribe.SessionId, 1, (ulong)step);
        if (frame.Fetch is { } fetch)
            return Frames.Page(fetch, 1, 1, Frames.Stored("f", 1));
        return (step >> 3) % 2 == 0 ? Frames.Message("u", (ulong)step % 3) : new Frame { Pong = new Pong() };
    }

    private static async Task ReadAsync(IAsyncEnumerable<SessionUpdate> updates)
    {
        await foreach (var update in updates)
            Assert.That(update, Is.Not.Null);
    }

    private static async Task PublishAsync(WirePublisher publisher)
    {
        for (var i = 0; i < 10; i++)
            await publisher.PublishAsync(Encoding.UTF8.GetBytes($"{i}"));
        await publisher.CompleteAsync();
    }

    // An honest server: one Ack for each publish.
    private static async Task AnswerAsync(ScriptedPeer peer, ConcurrentDictionary<ulong, byte> stored)
    {
        var heads = new Dictionary<string, ulong>();
        while (await peer.TryReadAsync() is { } frame)
        {
            if (frame.Publish is not { } publish)
                continue;
            Assert.That(stored.TryAdd(publish.PublishId, 0), Is.True, "each comes once");
            var head = heads[publish.SessionId] = heads.GetValueOrDefault(publish.SessionId) + 1;
            await peer.SendAsync(Frames.Ack(publish, head));
        }
        peer.Dispose();
    }
}
