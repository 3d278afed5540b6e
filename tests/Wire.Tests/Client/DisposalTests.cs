using System.Net.Sockets;
using Wire.Client;

namespace Wire.Tests.Client;

internal sealed class DisposalTests : ClientFixture
{
    [Test]
    public async Task What_is_under_way_is_sent_and_answered_first()
    {
        var client = Client(options =>
        {
            options.CloseTimeout = Deadline.Of;
            options.MaxUnanswered = 2;
        });
        var answers = Enumerable.Range(0, 4).Select(i => client.PublishAsync("s", $"{i}").AsTask()).ToArray();
        var peer = await Server.WelcomeAsync();
        var first = await peer.ReadPublishesAsync(2);
        var disposal = client.DisposeAsync().AsTask();
        await peer.SendAsync(Frames.Ack(first[1], 2, count: 2));
        var second = await peer.ReadPublishesAsync(2);
        Assert.That(await peer.TryReadAsync(), Is.Null, "then the client closes its side");
        Assert.That(disposal.IsCompleted, Is.False);
        await peer.SendAsync(Frames.Ack(second[1], 4, count: 2));
        peer.Dispose();

        await Within(disposal);
        Assert.That((await Within(Task.WhenAll(answers))).Select(result => result.Sequence), Is.EqualTo(new ulong[] { 1, 2, 3, 4 }));
    }

    [Test]
    public async Task Calls_that_pend_end_when_the_server_says_nothing()
    {
        var time = new ManualTimeProvider();
        var client = Client(options =>
        {
            options.TimeProvider = time;
            options.CloseTimeout = TimeSpan.FromSeconds(7);
        });
        var answer = client.PublishAsync("s", "x").AsTask();
        var page = client.FetchAsync("s").AsTask();
        await using var reader = client.SubscribeAsync("s", 1).GetAsyncEnumerator();
        var next = reader.MoveNextAsync().AsTask();
        var peer = await Server.WelcomeAsync();
        for (var i = 0; i < 3; i++)
            await peer.ReadAsync();

        var disposal = client.DisposeAsync().AsTask();
        await time.WaitForTimerAsync(wait => wait == TimeSpan.FromSeconds(7));
        time.Advance(TimeSpan.FromSeconds(7));
        await Within(disposal);
        foreach (var call in new Task[] { answer, page, next })
            await FailureOf<ObjectDisposedException>(call);
        Assert.That(() => client.PublishAsync("s", "x"), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => client.ConnectAsync(), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Calls_that_pend_without_a_connection_end_at_once()
    {
        await Server.DisposeAsync();
        var client = Client(options =>
        {
            options.ReconnectDelayMin = options.ReconnectDelayMax = TimeSpan.FromHours(1);
            options.CloseTimeout = TimeSpan.FromHours(1);
        });
        await FailureOf<WireConnectionException>(client.ConnectAsync());
        var answer = client.PublishAsync("s", "x").AsTask();
        var pages = Enumerable.Range(0, 7).Select(_ => client.FetchAsync("s").AsTask()).ToArray();
        await Within(client.DisposeAsync().AsTask());
        await FailureOf<ObjectDisposedException>(answer);
        foreach (var page in pages)
            await FailureOf<ObjectDisposedException>(page);
    }

    [Test]
    public async Task A_client_that_was_never_used_is_disposed_of_twice()
    {
        var client = Client();
        await Within(client.DisposeAsync().AsTask());
        await Within(client.DisposeAsync().AsTask());
        Assert.That(Server.HasCaller, Is.False);
    }

    [Test]
    public async Task A_stream_of_the_callers_own_that_has_no_halves_closes_when_all_is_answered()
    {
        var client = Client(options =>
        {
            options.CloseTimeout = Deadline.Of;
            options.StreamFactory = async cancellationToken =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", Server.Port, cancellationToken);
                return new OpaqueStream(new NetworkStream(socket, ownsSocket: true));
            };
        });
        var answer = client.PublishAsync("s", "x");
        var peer = await Server.WelcomeAsync();
        var publish = await peer.ReadPublishAsync();
        var disposal = client.DisposeAsync().AsTask();
        await peer.SendAsync(Frames.Ack(publish, 1));
        Assert.That((await Within(answer)).Sequence, Is.EqualTo(1));
        await Within(disposal);
        Assert.That(await peer.TryReadAsync(), Is.Null);
    }
}
