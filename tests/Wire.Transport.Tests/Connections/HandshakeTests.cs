using Wire.Protocol;
using Wire.Security;

namespace Wire.Transport.Tests.Connections;

public sealed class HandshakeTests
{
    private static readonly byte[] HelloOfTwentyKiB = TestPeer.Delimited(new Frame { Hello = new Hello { Version = 1, ClientId = "a", Token = new string('t', 20_000) } });

    [Test]
    public async Task Hello_is_answered_with_Welcome_and_the_servers_limits()
    {
        await using var server = await TestServer.StartAsync(new TransportLimits { MaxFrameBytes = 5000, PingInterval = TimeSpan.FromSeconds(7) });
        var (connection, _) = server.Connect();
        var welcome = await connection.Peer.OpenAsync();
        Assert.That(welcome.Version, Is.EqualTo(1));
        Assert.That(welcome.ConnectionId, Is.Not.Zero);
        Assert.That(welcome.NodeId, Is.EqualTo("1"));
        Assert.That(welcome.Role, Is.EqualTo(Role.Visitor));
        Assert.That(welcome.MaxFrameBytes, Is.EqualTo(5000));
        Assert.That(welcome.PingIntervalMs, Is.EqualTo(7000));
    }

    [Test]
    public async Task Hello_and_publishes_in_one_write_are_all_answered()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, _) = server.Connect();
        await connection.Peer.SendAsync(TestPeer.Hello(), TestPeer.Publish("s", 1), TestPeer.Publish("s", 2));
        await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Welcome);
        Assert.That((await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Ack)).Ack.PublishId, Is.EqualTo(2));
    }

    [Test]
    public async Task Hello_that_comes_byte_by_byte_is_taken()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, _) = server.Connect();
        foreach (var value in TestPeer.Delimited(TestPeer.Hello()))
            await connection.Peer.SendAsync(new[] { value });
        await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Welcome);
    }

    [TestCase("", ErrorCode.InvalidArgument)]
    [TestCase("$handler", ErrorCode.InvalidArgument)]
    [TestCase("a\u0001b", ErrorCode.InvalidArgument)]
    [TestCase("a\u0085b", ErrorCode.InvalidArgument)]
    public async Task A_client_id_that_nobody_may_have_is_refused(string clientId, ErrorCode code)
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.SendAsync(TestPeer.Hello(clientId));
        await EndAsync(server, connection, served, code);
    }

    [Test]
    public async Task A_client_id_of_129_bytes_is_refused_and_one_of_128_is_not()
    {
        await using var server = await TestServer.StartAsync();
        var (longest, _) = server.Connect();
        await longest.Peer.OpenAsync(new string('a', 128));
        var (tooLong, served) = server.Connect();
        await tooLong.Peer.SendAsync(TestPeer.Hello(new string('a', 129)));
        await EndAsync(server, tooLong, served, ErrorCode.InvalidArgument);
    }

    // Frame.hello = { version: 1, client_id: 0xC3 0x28 }, which a decoder would quietly replace.
    [Test]
    public Task A_client_id_of_invalid_UTF8_is_refused() => RefusedAsync([8, 0x0A, 6, 0x08, 1, 0x12, 2, 0xC3, 0x28], ErrorCode.InvalidArgument);

    [Test]
    public Task Another_version_is_refused() => RefusedAsync(TestPeer.Delimited(new Frame { Hello = new Hello { Version = 2, ClientId = "a" } }), ErrorCode.UnsupportedVersion);

    [Test]
    public Task A_publish_as_the_first_frame_is_refused() => RefusedAsync(TestPeer.Delimited(TestPeer.Publish("s", 1)), ErrorCode.BadFrame);

    [Test]
    public Task A_ping_as_the_first_frame_is_refused() => RefusedAsync(TestPeer.Delimited(new Frame { Ping = new Ping { Nonce = 1 } }), ErrorCode.BadFrame);

    [Test]
    public Task An_empty_frame_is_refused() => RefusedAsync([0], ErrorCode.BadFrame);

    [Test]
    public Task A_length_of_six_bytes_is_refused() => RefusedAsync([0x80, 0x80, 0x80, 0x80, 0x80, 0x01], ErrorCode.BadFrame);

    [Test]
    public Task Bytes_that_are_no_protobuf_are_refused() => RefusedAsync([3, 0x0A, 0x7F, 0x01], ErrorCode.BadFrame);

    [Test]
    public Task A_browser_that_says_GET_is_refused() => RefusedAsync("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\r\n\r\n"u8.ToArray(), ErrorCode.BadFrame);

    [Test]
    public Task A_Hello_beyond_16_KiB_is_refused_before_its_body_has_come() => RefusedAsync(HelloOfTwentyKiB[..3], ErrorCode.FrameTooLarge);

    [Test]
    public async Task A_stream_that_ends_within_Hello_is_told_so()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.SendAsync(TestPeer.Delimited(TestPeer.Hello()).AsMemory(0, 5));
        connection.FinishSending();
        await connection.Peer.ExpectEndAsync(ErrorCode.BadFrame);
        await served.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public async Task A_stream_that_ends_before_Hello_is_closed_without_a_word()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        connection.FinishSending();
        await served.WaitAsync(TestPeer.Deadline);
        await connection.Peer.ExpectClosedAsync();
    }

    [Test]
    public async Task Without_Hello_in_time_the_connection_ends()
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.SendAsync(new byte[] { 5 });
        server.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.That(connection.Sent.TryRead(out _), Is.False, "there is a second left");
        server.Time.Advance(TimeSpan.FromSeconds(1.5));
        await EndAsync(server, connection, served, ErrorCode.HandshakeTimeout);
    }

    [Test]
    public async Task A_listener_may_be_there_before_the_engine_and_its_clients_wait()
    {
        await using var server = await TestServer.StartAsync(start: false);
        var (connection, _) = server.Connect();
        await connection.Peer.SendAsync(TestPeer.Hello());
        Assert.That(connection.Sent.TryRead(out _), Is.False);
        server.Server.Start();
        await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Welcome);
    }

    [Test]
    public async Task The_authenticator_sees_what_the_client_said_and_its_role_holds()
    {
        HelloContext? seen = null;
        await using var server = await TestServer.StartAsync(authenticator: new Authenticator((hello, _) =>
        {
            seen = hello;
            return new(AuthenticationResult.Accept(Role.Agent));
        }));
        var (connection, _) = server.Connect();
        await connection.Peer.SendAsync(new Frame { Hello = new Hello { Version = 1, ClientId = "张三", Token = "secret", UserAgent = "test/1" } });
        Assert.That((await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Welcome)).Welcome.Role, Is.EqualTo(Role.Agent));
        Assert.That(seen!.ClientId, Is.EqualTo("张三"));
        Assert.That(seen.Token, Is.EqualTo("secret"));
        Assert.That(seen.UserAgent, Is.EqualTo("test/1"));
        Assert.That(server.Log.Entries, Has.None.Matches<(Microsoft.Extensions.Logging.LogLevel, Microsoft.Extensions.Logging.EventId, string Text)>(entry => entry.Text.Contains("secret")));
    }

    [TestCase(ErrorCode.Unauthenticated)]
    [TestCase(ErrorCode.Forbidden)]
    public async Task Whom_the_authenticator_refuses_is_told_why(ErrorCode code)
    {
        await using var server = await TestServer.StartAsync(authenticator: new Authenticator((_, _) => new(
            code == ErrorCode.Forbidden ? AuthenticationResult.Forbidden("not yours") : AuthenticationResult.Unauthenticated("no token"))));
        var (connection, served) = server.Connect();
        await connection.Peer.SendAsync(TestPeer.Hello());
        await EndAsync(server, connection, served, code);
    }

    [Test]
    public async Task An_answer_that_was_never_set_lets_nobody_in()
    {
        await using var server = await TestServer.StartAsync(authenticator: new Authenticator((_, _) => default));
        var (connection, served) = server.Connect();
        await connection.Peer.SendAsync(TestPeer.Hello());
        await EndAsync(server, connection, served, ErrorCode.Unauthenticated);
    }

    [Test]
    public async Task A_defect_of_the_authenticator_is_logged_and_not_told()
    {
        await using var server = await TestServer.StartAsync(authenticator: new Authenticator((_, _) => throw new InvalidOperationException("inner detail")));
        var (connection, served) = server.Connect();
        await connection.Peer.SendAsync(TestPeer.Hello());
        var error = await EndAsync(server, connection, served, ErrorCode.Internal);
        Assert.That(error.Detail, Does.Not.Contain("inner detail"));
        Assert.That(server.Log.Entries, Has.Some.Matches<(Microsoft.Extensions.Logging.LogLevel Level, Microsoft.Extensions.Logging.EventId, string)>(
            entry => entry.Level == Microsoft.Extensions.Logging.LogLevel.Error));
    }

    [Test]
    public async Task An_authenticator_that_is_too_late_is_cancelled()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(authenticator: new Authenticator(async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.SetResult();
            token.ThrowIfCancellationRequested();
            return default;
        }));
        var (connection, served) = server.Connect();
        await connection.Peer.SendAsync(TestPeer.Hello());
        server.Time.Advance(TimeSpan.FromSeconds(6));
        await cancelled.Task.WaitAsync(TestPeer.Deadline);
        await EndAsync(server, connection, served, ErrorCode.HandshakeTimeout);
    }

    private static async Task RefusedAsync(byte[] bytes, ErrorCode code)
    {
        await using var server = await TestServer.StartAsync();
        var (connection, served) = server.Connect();
        await connection.Peer.SendAsync(bytes);
        await EndAsync(server, connection, served, code);
    }

    // The server hears the client out before it closes; the client goes at once.
    private static async Task<Error> EndAsync(TestServer server, MemoryConnection connection, Task served, ErrorCode code)
    {
        var error = (await connection.Peer.ExpectAsync(Frame.BodyOneofCase.Error)).Error;
        Assert.That(error.Code, Is.EqualTo(code), error.Detail);
        Assert.That(error.Fatal, Is.True);
        connection.FinishSending();
        await served.WaitAsync(TestPeer.Deadline);
        await connection.Peer.ExpectClosedAsync();
        Assert.That(connection.Aborted.IsCompleted, Is.False);
        return error;
    }

    private sealed class Authenticator(Func<HelloContext, CancellationToken, ValueTask<AuthenticationResult>> authenticate) : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(HelloContext hello, CancellationToken cancellationToken) => authenticate(hello, cancellationToken);
    }
}
