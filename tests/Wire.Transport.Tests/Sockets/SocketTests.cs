using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.DependencyInjection;
using Wire.Protocol;
using Wire.Transport.Output;

namespace Wire.Transport.Tests.Sockets;

/// <summary>What only real sockets show: half close, resets, full kernel buffers. The clock is the test's all the same.</summary>
public sealed class SocketTests
{
    private TestServer _server = null!;
    private KestrelListener _listener = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _server = await TestServer.StartAsync();
        _listener = await KestrelListener.StartAsync(_server);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _server.Server.BreakOffAsync();
        await _listener.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Frames_that_come_byte_by_byte_are_answered()
    {
        await using var peer = await _listener.ConnectAsync();
        foreach (var value in TestPeer.Delimited(TestPeer.Hello(), TestPeer.Publish("s", 1, "你好"), TestPeer.Publish("s", 2, new string('x', 300))))
            await peer.SendAsync(new[] { value });
        await peer.ExpectAsync(Frame.BodyOneofCase.Welcome);
        var acked = 0u;
        while (acked < 2)
            acked += (await peer.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack.Count;
    }

    [Test]
    public async Task A_frame_larger_than_the_read_buffer_arrives()
    {
        await using var peer = await _listener.ConnectAsync();
        await peer.OpenAsync();
        await peer.SendAsync(TestPeer.Publish("s", 1, new string('x', 1_000_000)));
        Assert.That((await peer.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack.PublishId, Is.EqualTo(1));
    }

    [Test]
    public async Task Hello_publishes_and_FIN_at_once_are_all_answered_and_then_closed()
    {
        await using var peer = await _listener.ConnectAsync();
        var publishes = Enumerable.Range(1, 2000).Select(id => TestPeer.Publish("s", (ulong)id, "payload"));
        await peer.SendAsync(TestPeer.Delimited([TestPeer.Hello(), .. publishes]));
        peer.FinishSending();
        await peer.ExpectAsync(Frame.BodyOneofCase.Welcome);
        var acked = 0u;
        while (await peer.ReadAsync() is { } frame)
            acked += frame.Ack.Count;
        Assert.That(acked, Is.EqualTo(2000));
    }

    [Test]
    public async Task A_peer_that_is_refused_while_it_floods_still_reads_the_last_frame()
    {
        await using var peer = await _listener.ConnectAsync();
        await peer.OpenAsync();
        await peer.SendAsync(new byte[] { 0 });
        for (var i = 0; i < 100; i++)
            await peer.SendAsync(new byte[100_000]);
        Assert.That((await peer.ExpectAsync(Frame.BodyOneofCase.Error)).Error.Code, Is.EqualTo(ErrorCode.BadFrame));
        peer.FinishSending();
        await peer.ExpectClosedAsync();
    }

    [Test]
    public async Task A_client_that_was_taken_over_while_it_floods_is_told_so()
    {
        await using var older = await _listener.ConnectAsync();
        await older.OpenAsync("same");
        await using var newer = await _listener.ConnectAsync();
        var opening = newer.OpenAsync("same");
        for (ulong id = 1; id < 2000; id++)
            await older.SendAsync(TestPeer.Publish("s", id, new string('x', 1000)));
        await opening;
        older.FinishSending();
        Frame? last = null;
        while (await older.ReadAsync() is { } frame)
            last = frame;
        Assert.That(last!.Error?.Code, Is.EqualTo(ErrorCode.TakenOver), last.ToString());
    }

    [Test]
    public async Task A_peer_that_never_reads_its_answers_costs_no_memory_and_is_reset()
    {
        await using var peer = await _listener.ConnectAsync(receiveBufferBytes: 64 * 1024);
        await peer.OpenAsync();
        var pings = TestPeer.Delimited(Enumerable.Repeat(new Frame { Ping = new Ping { Nonce = 1 } }, 1000).ToArray());
        var flood = FloodAsync(peer.Socket, pings);

        // Its answers fill the kernel's buffers, then the outbox; then it is read no further; then it is ended.
        await UntilAsync(() => Outbox().WaitingBytes > _server.Server.Limits.OutboxBytes / 2);
        Assert.That(_server.Budget(), Is.LessThan(4 * _server.Server.Limits.OutboxBytes));
        await _server.Time.AdvanceUntilAsync(() => _server.Server.Connections.Count == 0);
        Assert.That(_server.Log.Entries, Has.Some.Matches<(Microsoft.Extensions.Logging.LogLevel, Microsoft.Extensions.Logging.EventId, string Text)>(
            entry => entry.Text.Contains(nameof(ErrorCode.IdleTimeout))));
        Assert.That(await flood.WaitAsync(TestPeer.Deadline), Is.EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public async Task What_the_transport_holds_for_a_peer_that_has_left_and_does_not_read_is_given_up_after_5_s()
    {
        // A listener of the application's, whose transport buffers far more than the outbox ever shows.
        await using var listener = await KestrelListener.StartAsync(_server, writeBufferBytes: 64 << 20);
        await using var peer = await listener.ConnectAsync(receiveBufferBytes: 64 * 1024);
        await peer.OpenAsync();
        var pings = TestPeer.Delimited(Enumerable.Repeat(new Frame { Ping = new Ping { Nonce = 1 } }, 100_000).ToArray());
        for (var i = 0; i < 10; i++)
            await peer.SendAsync(pings);
        peer.FinishSending();
        await UntilAsync(() => _server.Server.Connections.Count == 0);
        Assert.That(_server.Budget(), Is.Zero, "all of it is with the transport");

        _server.Time.Advance(TimeSpan.FromSeconds(6));
        await peer.ExpectResetAsync();
    }

    [Test]
    [Platform("Linux")]
    public async Task What_a_peer_takes_shows_though_no_flush_completes()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 64 * 1024 };
        await peer.ConnectAsync(listener.LocalEndpoint);
        using var server = await listener.AcceptSocketAsync();
        var connection = new DefaultConnectionContext();
        connection.Features.Set<IConnectionSocketFeature>(new SocketFeature(server));

        // More than the kernel's buffers hold, in one send that completes when all of it is there.
        var sending = server.SendAsync(new byte[32 << 20]).WaitAsync(TestPeer.Deadline);
        var buffer = new byte[16 * 1024];
        var taken = PeerProgress.BytesAcknowledged(connection);
        for (var step = 0; step < 20; step++)
        {
            var before = taken;
            while ((taken = PeerProgress.BytesAcknowledged(connection)) == before)
                Assert.That(await peer.ReceiveAsync(buffer).WaitAsync(TestPeer.Deadline), Is.GreaterThan(0));
            Assert.That(taken, Is.GreaterThan(before));
        }
        Assert.That(sending.IsCompleted, Is.False);
        peer.Close(0);
        Assert.That(async () => await sending, Throws.InstanceOf<SocketException>());
        server.Close();
        Assert.That(PeerProgress.BytesAcknowledged(connection), Is.Zero);
    }

    [Test]
    public async Task Connections_that_come_and_go_leave_nothing_behind()
    {
        for (var i = 0; i < 300; i++)
        {
            await using var peer = await _listener.ConnectAsync();
            if (i % 3 == 0)
                await peer.OpenAsync($"client-{i}");
            if (i % 3 == 1)
                peer.Socket.LingerState = new LingerOption(true, 0);
        }
        await UntilAsync(() => _server.Server.Connections.Count == 0);
        await UntilAsync(() => _server.Budget() == 0);
    }

    [Test]
    public void UseWire_without_AddWire_says_what_is_missing()
    {
        var services = new ServiceCollection().BuildServiceProvider();
        var exception = Assert.Throws<InvalidOperationException>(() => new ConnectionBuilder(services).UseWire());
        Assert.That(exception!.Message, Does.Contain("AddWire()"));
    }

    private Outbox Outbox()
    {
        foreach (var connection in _server.Server.Connections)
            return connection.Outbox;
        throw new InvalidOperationException("no connection");
    }

    private static async Task<SocketError> FloodAsync(Socket socket, byte[] bytes)
    {
        try
        {
            while (true)
                await socket.SendAsync(bytes);
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TestPeer.Deadline);
        while (!condition())
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed record SocketFeature(Socket Socket) : IConnectionSocketFeature;
}
