using System.Buffers;
using System.Diagnostics;
using Wire.Protocol;
using Wire.Transport.Output;

namespace Wire.Transport.Tests.Connections;

public sealed class HeartbeatTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    [Test]
    public async Task A_silent_connection_is_pinged_once_and_ended_after_three_intervals()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();

        server.Time.Advance(Interval - TimeSpan.FromSeconds(1));
        Assert.That(connection.Sent.TryRead(out _), Is.False);
        server.Time.Advance(TimeSpan.FromSeconds(2));
        await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Ping);

        server.Time.Advance(2 * Interval - TimeSpan.FromSeconds(2));
        Assert.That(connection.Sent.TryRead(out _), Is.False, "one Ping for one silence");
        server.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.That((await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Error)).Error.Code, Is.EqualTo(ErrorCode.IdleTimeout));
        connection.FinishSending();
        await served.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public async Task A_Pong_is_a_sign_of_life_and_the_next_silence_gets_its_own_Ping()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        for (var silence = 0; silence < 10; silence++)
        {
            server.Time.Advance(Interval + TimeSpan.FromSeconds(1));
            var ping = await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Ping);
            await connection.Peer.SendAsync(new Frame { Pong = new Pong { Nonce = ping.Ping.Nonce } });
        }
        Assert.That(served.IsCompleted, Is.False);
    }

    [Test]
    public async Task Clients_that_fall_silent_together_are_pinged_one_after_the_other_and_each_in_time()
    {
        const int Clients = 600;
        await using var server = await TestServer.StartAsync();
        var connections = new List<MemoryConnection>();
        for (var i = 0; i < Clients; i++)
        {
            var (connection, _) = server.Connect();
            await connection.Peer.OpenAsync($"client-{i}");
            connections.Add(connection);
        }

        server.Time.Advance(Interval);
        var pinged = connections.Count(connection => connection.HasSent());
        Assert.That(pinged, Is.InRange(1, Clients / 2));
        server.Time.Advance(Interval / 2);
        Assert.That(connections.All(connection => connection.HasSent()), Is.True);
    }

    [Test]
    public async Task Half_a_frame_is_a_sign_of_life_too()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        var bytes = TestPeer.Delimited(TestPeer.Publish("s", 1, "a payload of some length"));
        foreach (var value in bytes[..^1])
        {
            server.Time.Advance(Interval - TimeSpan.FromSeconds(1));
            await connection.Peer.SendAsync(new[] { value });
        }
        Assert.That(connection.Sent.TryRead(out _), Is.False);
        Assert.That(served.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_peer_that_stalls_in_the_middle_of_a_frame_is_ended()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        await connection.Peer.SendAsync(TestPeer.Delimited(TestPeer.Publish("s", 1, "never to come"))[..5]);
        server.Time.Advance(4 * Interval);
        await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Ping);
        Assert.That((await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Error)).Error.Code, Is.EqualTo(ErrorCode.IdleTimeout));
        connection.FinishSending();
        await served.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public async Task Time_in_which_the_server_does_not_read_is_not_silence()
    {
        var log = new GatedLog();
        await using var server = await TestServer.StartAsync(log: log);
        var (connection, served) = server.Connect(outputThreshold: 1);
        await connection.Peer.OpenAsync();

        // Four fetches in hand behind the gate: a fifth frame waits unread, and so does the rest.
        await connection.Peer.SendAsync(TestPeer.Publish("s", 1));
        await log.Appended.WaitAsync(TestPeer.Deadline);
        var fetches = Enumerable.Range(1, 5).Select(id => new Frame { Fetch = new Fetch { SessionId = "s", RequestId = (uint)id } }).ToArray();
        await connection.Peer.SendAsync(fetches);
        server.Time.Advance(10 * Interval);
        Assert.That(served.IsCompleted, Is.False);

        log.OpenGate();
        await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Ack);
        for (var page = 0; page < 5; page++)
            await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Page);
    }

    [Test]
    public async Task A_peer_that_sends_and_takes_nothing_is_ended_after_three_intervals()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect(outputThreshold: 1);
        await connection.Peer.OpenAsync();
        for (var i = 0; i < 8 && !served.IsCompleted; i++)
        {
            await connection.Peer.SendAsync(new Frame { Ping = new Ping { Nonce = 1 } });
            server.Time.Advance(Interval / 2);
        }
        await served.WaitAsync(TestPeer.Deadline);
        Assert.That(connection.Aborted.IsCompleted, Is.True, "it does not take the last frame either");
        Assert.That(server.Log.Entries, Has.Some.Matches<(Microsoft.Extensions.Logging.LogLevel, Microsoft.Extensions.Logging.EventId, string Text)>(
            entry => entry.Text.Contains(nameof(ErrorCode.IdleTimeout))));
    }

    [Test]
    public async Task A_peer_that_takes_a_little_now_and_then_is_not_ended()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect(outputThreshold: 1);
        await connection.Peer.OpenAsync();
        for (var i = 0; i < 20; i++)
        {
            await connection.Peer.SendAsync(new Frame { Ping = new Ping { Nonce = 1 } });
            server.Time.Advance(2 * Interval);
            var read = await connection.Sent.ReadAsync();
            connection.Sent.AdvanceTo(read.Buffer.End);
        }
        Assert.That(served.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_peer_whose_TCP_takes_a_little_of_a_long_flush_is_not_ended_until_it_stops()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect(outputThreshold: 1);
        var progress = new Progress();
        connection.Features.Set<IPeerProgressFeature>(progress);
        await connection.Peer.OpenAsync();
        await connection.Peer.SendAsync(new Frame { Ping = new Ping { Nonce = 1 } });
        for (var i = 0; i < 10; i++)
        {
            progress.BytesAcknowledged++;
            server.Time.Advance(Interval);
            await connection.Peer.SendAsync(new Frame { Ping = new Ping { Nonce = 1 } });
        }
        server.Time.Advance(Interval);
        Assert.That(connection.Aborted.IsCompleted, Is.False);

        for (var i = 0; i < 5 && !served.IsCompleted; i++)
        {
            await connection.Peer.SendAsync(new Frame { Ping = new Ping { Nonce = 1 } });
            server.Time.Advance(Interval);
        }
        await served.WaitAsync(TestPeer.Deadline);
        Assert.That(connection.Aborted.IsCompleted, Is.True);
    }

    [Test]
    public async Task The_upper_mark_stops_the_read_loop_until_the_peer_takes_its_answers()
    {
        var limits = new TransportLimits { OutboxBytes = 32 * 1024 };
        await using var server = await TestServer.StartAsync(limits);
        var (connection, served) = server.Connect(outputThreshold: 1);
        await connection.Peer.OpenAsync();

        var pings = TestPeer.Delimited(Enumerable.Repeat(new Frame { Ping = new Ping { Nonce = ulong.MaxValue } }, 1000).ToArray());
        var sends = 0;
        var sending = Task.CompletedTask;
        for (; sending.IsCompleted && sends < 100; sends++)
            sending = connection.Peer.SendAsync(pings);
        Assert.That(sends, Is.LessThan(20), "the server reads on, and no answer is taken");
        Assert.That(server.Budget(), Is.LessThan(256 * 1024));

        for (var pongs = 0; pongs < sends * 1000; pongs++)
            await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Pong);
        await sending;
        connection.FinishSending();
        await connection.Peer.ExpectClosedAsync();
        await served.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public async Task When_the_buffers_of_all_are_used_up_those_who_took_nothing_for_longest_are_closed_first()
    {
        var limits = new TransportLimits { OutboxBytes = 64 * 1024, BufferBytes = 512 * 1024, PingInterval = TimeSpan.FromHours(1) };
        await using var server = await TestServer.StartAsync(limits);
        var pings = TestPeer.Delimited(Enumerable.Repeat(new Frame { Ping = new Ping { Nonce = ulong.MaxValue } }, 3000).ToArray());
        var (longest, longestServed) = server.Connect(outputThreshold: 1);
        await longest.Peer.OpenAsync("longest");
        await longest.Peer.SendAsync(pings);
        server.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(longest.Aborted.IsCompleted, Is.False);

        var later = new List<MemoryConnection>();
        while (!AreUsedUp())
        {
            Assert.That(later, Has.Count.LessThan(50));
            var (connection, _) = server.Connect(outputThreshold: 1);
            await connection.Peer.OpenAsync($"later-{later.Count}");
            var before = server.Budget();
            await connection.Peer.SendAsync(pings);
            later.Add(connection);
            // The server answers them when it comes to it.
            for (var watch = Stopwatch.StartNew(); server.Budget() <= before && !AreUsedUp(); await Task.Delay(1))
                Assert.That(watch.Elapsed, Is.LessThan(TestPeer.Deadline));
        }
        await server.Time.AdvanceUntilAsync(() => longestServed.IsCompleted);
        Assert.That(longest.Aborted.IsCompleted, Is.True);
        Assert.That(later.Count(connection => !connection.Aborted.IsCompleted), Is.GreaterThanOrEqualTo(later.Count / 2));

        bool AreUsedUp() => server.Log.Entries.Any(entry => entry.Text.Contains("BufferBytes"));
    }

    private sealed class Progress : IPeerProgressFeature
    {
        public long BytesAcknowledged { get; set; } = 1;
    }
}
