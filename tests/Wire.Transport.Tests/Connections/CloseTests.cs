using System.Buffers;
using Wire.Handlers;
using Wire.Protocol;
using Wire.Transport.Connections;

namespace Wire.Transport.Tests.Connections;

public sealed class CloseTests
{
    [Test]
    public async Task A_client_that_closes_its_sending_side_gets_all_its_answers_first()
    {
        var log = new GatedLog();
        await using var server = await TestServer.StartAsync(log: log);
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        await connection.Peer.SendAsync(TestPeer.Publish("s", 1), TestPeer.Publish("s", 2), TestPeer.Publish("t", 1));
        connection.FinishSending();
        await log.Appended.WaitAsync(TestPeer.Deadline);
        Assert.That(served.IsCompleted, Is.False, "nothing is on stable storage yet");

        log.OpenGate();
        var acked = new List<string>();
        while (await connection.Peer.ReadAsync() is { } frame)
            acked.Add($"{frame.Ack.SessionId}{frame.Ack.PublishId}");
        Assert.That(acked, Is.EquivalentTo(new[] { "s2", "t1" }));
        await served.WaitAsync(TestPeer.Deadline);
        Assert.That(connection.Aborted.IsCompleted, Is.False);
        Assert.That(ClosedWith(server), Does.Contain(nameof(CloseReason.PeerLeft)));
    }

    [Test]
    public async Task A_stream_that_ends_within_a_frame_is_answered_and_then_told_so()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        var bytes = TestPeer.Delimited(TestPeer.Publish("s", 1), TestPeer.Publish("s", 2));
        await connection.Peer.SendAsync(bytes.AsMemory(0, bytes.Length - 1));
        connection.FinishSending();
        Assert.That((await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack.PublishId, Is.EqualTo(1));
        await connection.Peer.ExpectEndAsync(ErrorCode.BadFrame);
        await served.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public async Task Garbage_after_publishes_ends_the_connection_after_their_answers()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        await connection.Peer.SendAsync((byte[])[.. TestPeer.Delimited(TestPeer.Publish("s", 1)), 0]);
        Assert.That((await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack.PublishId, Is.EqualTo(1));
        Assert.That((await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Error)).Error.Code, Is.EqualTo(ErrorCode.BadFrame));
        connection.FinishSending();
        await served.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public async Task A_second_Hello_is_fatal()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        await connection.Peer.SendAsync(TestPeer.Hello());
        Assert.That((await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Error)).Error.Code, Is.EqualTo(ErrorCode.BadFrame));
        connection.FinishSending();
        await served.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public async Task A_frame_over_the_limit_is_refused_before_its_body_has_come()
    {
        await using var server = await TestServer.StartAsync(new TransportLimits { MaxFrameBytes = 2000 });
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        await connection.Peer.SendAsync(new byte[] { 0xD1, 0x0F });
        Assert.That((await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Error)).Error.Code, Is.EqualTo(ErrorCode.FrameTooLarge));
        connection.FinishSending();
        await served.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public async Task A_second_connection_of_the_same_client_takes_over()
    {
        await using var server = await TestServer.StartAsync();
        var (older, olderServed) = server.Connect();
        await older.Peer.OpenAsync("same");
        var (newer, newerServed) = server.Connect();
        await newer.Peer.OpenAsync("same");
        Assert.That((await older.Peer.ExpectAsync(Frame.BodyOneofCase.Error)).Error.Code, Is.EqualTo(ErrorCode.TakenOver));
        older.FinishSending();
        await olderServed.WaitAsync(TestPeer.Deadline);

        await newer.Peer.SendAsync(TestPeer.Publish("s", 1));
        await newer.Peer.ExpectAsync(Frame.BodyOneofCase.Ack);
        Assert.That(newerServed.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_takeover_ends_a_connection_that_waits_for_its_answers()
    {
        var log = new GatedLog();
        await using var server = await TestServer.StartAsync(log: log);
        var (older, olderServed) = server.Connect();
        await older.Peer.OpenAsync("same");
        await older.Peer.SendAsync(TestPeer.Publish("s", 1));
        older.FinishSending();
        await log.Appended.WaitAsync(TestPeer.Deadline);

        var (newer, _) = server.Connect();
        await newer.Peer.OpenAsync("same");
        await older.Peer.ExpectEndAsync(ErrorCode.TakenOver);
        await olderServed.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public async Task A_peer_that_does_not_take_the_last_frame_is_reset_after_5_s()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect(outputThreshold: 1);
        await connection.Peer.OpenAsync();
        await connection.Peer.SendAsync(new byte[] { 0 });
        server.Time.Advance(TimeSpan.FromSeconds(4.5));
        Assert.That(connection.Aborted.IsCompleted, Is.False);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        await connection.Aborted.WaitAsync(TestPeer.Deadline);
        await served.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public async Task A_peer_that_goes_on_sending_is_heard_out_for_5_s_at_most()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        await connection.Peer.SendAsync(new byte[] { 0 });
        for (var i = 0; i < 100; i++)
        {
            await connection.Peer.SendAsync(new byte[1000]);
            server.Time.Advance(TimeSpan.FromMilliseconds(60));
            if (i < 50)
                Assert.That(served.IsCompleted, Is.False, $"{i}");
            if (served.IsCompleted)
                break;
        }
        await served.WaitAsync(TestPeer.Deadline);
        await connection.Peer.ExpectEndAsync(ErrorCode.BadFrame);
    }

    [Test]
    public async Task A_peer_that_is_quiet_after_the_last_frame_is_closed_soon()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        await connection.Peer.SendAsync(new byte[] { 0 });
        server.Time.Advance(TimeSpan.FromMilliseconds(150));
        await served.WaitAsync(TestPeer.Deadline);
        await connection.Peer.ExpectEndAsync(ErrorCode.BadFrame);
    }

    [Test]
    public async Task A_connection_that_breaks_is_forgotten()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        connection.Abort(new Microsoft.AspNetCore.Connections.ConnectionAbortedException());
        await served.WaitAsync(TestPeer.Deadline);
        Assert.That(server.Server.Connections.Count, Is.Zero);
        Assert.That(ClosedWith(server), Does.Contain(nameof(CloseReason.PeerLost)));
    }

    [Test]
    public async Task Beyond_MaxConnections_a_client_is_turned_away_until_another_has_gone()
    {
        await using var server = await TestServer.StartAsync(new TransportLimits { MaxConnections = 2 });
        var (first, firstServed) = server.Connect();
        await first.Peer.OpenAsync("first");
        var (second, _) = server.Connect();
        await second.Peer.OpenAsync("second");

        var (third, thirdServed) = server.Connect();
        var error = (await third.Peer.ExpectAsync(Frame.BodyOneofCase.Error)).Error;
        Assert.That(error.Code, Is.EqualTo(ErrorCode.Overloaded));
        Assert.That(error.RetryAfterMs, Is.GreaterThan(0));
        third.FinishSending();
        await thirdServed.WaitAsync(TestPeer.Deadline);

        first.FinishSending();
        await firstServed.WaitAsync(TestPeer.Deadline);
        var (fourth, _) = server.Connect();
        await fourth.Peer.OpenAsync("fourth");
    }

    [Test]
    public async Task A_drain_says_GoAway_answers_what_was_read_and_closes()
    {
        var log = new GatedLog();
        await using var server = await TestServer.StartAsync(log: log);
        var (busy, busyServed) = server.Connect();
        await busy.Peer.OpenAsync("busy");
        await busy.Peer.SendAsync(TestPeer.Publish("s", 1));
        var (idle, idleServed) = server.Connect();
        await idle.Peer.OpenAsync("idle");
        var (silent, silentServed) = server.Connect();
        await log.Appended.WaitAsync(TestPeer.Deadline);

        var drained = server.Server.DrainAsync(TimeSpan.FromSeconds(7));
        var goAway = (await busy.Peer.ExpectAsync(Frame.BodyOneofCase.GoAway)).GoAway;
        Assert.That(goAway.Reason, Is.EqualTo("drain"));
        Assert.That(goAway.ReconnectAfterMs, Is.GreaterThan(0));
        await idle.Peer.ExpectAsync(Frame.BodyOneofCase.GoAway);
        Assert.That((await silent.Peer.ExpectAsync(Frame.BodyOneofCase.Error)).Error.Code, Is.EqualTo(ErrorCode.Overloaded), "not welcomed yet");
        var (late, lateServed) = server.Connect();
        Assert.That((await late.Peer.ExpectAsync(Frame.BodyOneofCase.Error)).Error.Code, Is.EqualTo(ErrorCode.Overloaded));

        Assert.That(busyServed.IsCompleted, Is.False, "its publish is not answered");
        log.OpenGate();
        await busy.Peer.ExpectAsync(Frame.BodyOneofCase.Ack);
        foreach (var client in new[] { busy, idle, silent, late })
            client.FinishSending();
        await Task.WhenAll(busyServed, idleServed, silentServed, lateServed, drained).WaitAsync(TestPeer.Deadline);
        await busy.Peer.ExpectClosedAsync();
        Assert.That(busy.Aborted.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_drain_lets_go_of_visitors_who_are_held_back()
    {
        await using var server = await TestServer.StartAsync(handler: new Stuck(), handlerOptions: new() { MaxTurns = 1, MaxWaiting = 1 });
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        for (var id = 1UL; id <= 4; id++)
        {
            // The third and those after it are read no more once two sessions want an answer.
            await connection.Peer.SendAsync(TestPeer.Publish($"s{id}", 1));
            if (id <= 3)
                await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Ack);
        }
        var drained = server.Server.DrainAsync(TimeSpan.FromSeconds(7));
        await connection.Peer.ExpectAsync(Frame.BodyOneofCase.GoAway);
        connection.FinishSending();
        await Task.WhenAll(served, drained).WaitAsync(TestPeer.Deadline);
        Assert.That(connection.Aborted.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_drain_breaks_off_what_has_not_ended_in_time()
    {
        var log = new GatedLog();
        await using var server = await TestServer.StartAsync(log: log);
        var (connection, served) = server.Connect();
        await connection.Peer.OpenAsync();
        await connection.Peer.SendAsync(TestPeer.Publish("s", 1));
        await log.Appended.WaitAsync(TestPeer.Deadline);

        var drained = server.Server.DrainAsync(TimeSpan.FromSeconds(7));
        await connection.Peer.ExpectAsync(Frame.BodyOneofCase.GoAway);
        server.Time.Advance(TimeSpan.FromSeconds(6.9));
        Assert.That(drained.IsCompleted, Is.False);
        server.Time.Advance(TimeSpan.FromSeconds(0.2));
        await drained.WaitAsync(TestPeer.Deadline);
        await served.WaitAsync(TestPeer.Deadline);
        Assert.That(connection.Aborted.IsCompleted, Is.True);
    }

    [Test]
    public async Task Publishes_of_an_idle_moment_and_of_many_sessions_are_all_answered()
    {
        await using var server = await TestServer.StartAsync(workers: 3);
        var (connection, _) = server.Connect();
        await connection.Peer.OpenAsync();
        await connection.Peer.SendAsync(Enumerable.Range(0, 500).Select(i => TestPeer.Publish($"s{i % 50}", (ulong)i + 1)).ToArray());
        var acked = 0u;
        while (acked < 500)
            acked += (await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack.Count;
        Assert.That(acked, Is.EqualTo(500));
    }

    private static string ClosedWith(TestServer server) => server.Log.Entries.Last(entry => entry.Text.Contains("ended:")).Text;

    private sealed class Stuck : IMessageHandler
    {
        public Task HandleAsync(MessageContext context, CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
