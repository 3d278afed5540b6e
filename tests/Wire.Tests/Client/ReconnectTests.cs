using Wire.Client;
using Wire.Protocol;

namespace Wire.Tests.Client;

internal sealed class ReconnectTests : ClientFixture
{
    private static readonly TimeSpan Min = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Max = TimeSpan.FromMilliseconds(800);

    [Test]
    public async Task The_wait_doubles_with_each_failure_up_to_its_bound()
    {
        var time = new ManualTimeProvider();
        var client = TimedClient(time);
        _ = client.PublishAsync("s", "x");
        TimeSpan[] expected = [2 * Min, 4 * Min, 8 * Min, Max, Max];
        for (var failure = 0; failure < expected.Length; failure++)
        {
            // A server that says Welcome and nothing more has not served.
            var peer = await Server.WelcomeAsync();
            await peer.ReadPublishAsync();
            peer.Reset();

            await time.WaitForTimerAsync(IsWait, failure + 1);
            var wait = time.Started.Where(IsWait).ElementAt(failure);
            Assert.That(wait, Is.InRange(expected[failure] / 2, expected[failure]));
            Assert.That(Server.HasCaller, Is.False, "the client waits for the clock");
            time.Advance(expected[failure]);
        }
        await Server.WelcomeAsync();
    }

    [Test]
    public async Task The_wait_begins_anew_once_the_server_has_served()
    {
        var time = new ManualTimeProvider();
        var client = TimedClient(time);
        for (var i = 1; i <= 4; i++)
        {
            var answer = client.PublishAsync("s", "x");
            var peer = await Server.WelcomeAsync();
            await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), (ulong)i));
            await Within(answer);
            peer.Reset();
            await time.WaitForTimerAsync(IsWait, i);
            Assert.That(time.Started.Last(IsWait), Is.InRange(Min / 2, Min));
            time.Advance(Min);
        }
    }

    [TestCase(ErrorCode.StorageUnavailable)]
    [TestCase(ErrorCode.Overloaded)]
    public async Task The_time_that_a_server_asks_for_is_kept(ErrorCode code)
    {
        var time = new ManualTimeProvider();
        var client = TimedClient(time);
        var answer = client.PublishAsync("s", "x");
        var first = await Server.WelcomeAsync();
        var publish = await first.ReadPublishAsync();
        var fatal = Frames.Fatal(code, retryAfterMs: 30_000);
        fatal.Error.SessionId = "s";
        fatal.Error.PublishId = publish.PublishId;
        await first.SendAsync(fatal);
        first.Dispose();

        await time.WaitForTimerAsync(wait => wait > TimeSpan.FromSeconds(29));
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.That(Server.HasCaller, Is.False);
        time.Advance(Max);
        var second = await Server.WelcomeAsync();
        var again = await second.ReadPublishAsync();
        Assert.That(again, Is.EqualTo(publish), "it was not refused, and is sent again");
        await second.SendAsync(Frames.Ack(again, 1));
        await Within(answer);
    }

    [Test]
    public async Task After_GoAway_what_was_read_is_still_answered_and_the_rest_goes_to_the_endpoint()
    {
        await using var other = new ScriptedServer();
        var client = Client();
        var answers = Enumerable.Range(0, 3).Select(i => client.PublishAsync("s", $"{i}").AsTask()).ToArray();
        var first = await Server.WelcomeAsync();
        var sent = await first.ReadPublishesAsync(3);
        await first.SendAsync(Frames.GoAway(reconnectAfterMs: 1, endpoint: $"127.0.0.1:{other.Port}"));

        Assert.That(await first.TryReadAsync(), Is.Null, "the client closes its side");
        await first.SendAsync(Frames.Ack(sent[1], 2, count: 2));
        await Within(answers[1]);
        first.Dispose();

        var second = await other.WelcomeAsync();
        var again = await second.ReadPublishAsync();
        Assert.That(again, Is.EqualTo(sent[2]));
        await second.SendAsync(Frames.Ack(again, 3));
        await Within(answers[2]);
    }

    [Test]
    public async Task GoAway_says_when_to_come_back()
    {
        var time = new ManualTimeProvider();
        var client = TimedClient(time);
        await Task.WhenAll(client.ConnectAsync(), Server.WelcomeAsync().ContinueWith(async peer =>
        {
            await (await peer).SendAsync(Frames.GoAway(reconnectAfterMs: 5_000));
            (await peer).Dispose();
        }).Unwrap());
        await time.WaitForTimerAsync(wait => wait >= TimeSpan.FromSeconds(5) && wait <= TimeSpan.FromSeconds(5) + Max);
    }

    [Test]
    public async Task A_server_that_leaves_without_closing_is_left()
    {
        var time = new ManualTimeProvider();
        var client = TimedClient(time);
        var connecting = client.ConnectAsync();
        var peer = await Server.WelcomeAsync();
        await Within(connecting);
        await peer.SendAsync(Frames.GoAway());

        // The first was for the handshake.
        await time.WaitForTimerAsync(wait => wait == TimeSpan.FromSeconds(10), times: 2);
        time.Advance(TimeSpan.FromSeconds(10));
        await time.WaitForTimerAsync(IsWait);
        time.Advance(Max);
        await Server.WelcomeAsync();
    }

    [Test]
    public async Task A_client_that_was_taken_over_ends_and_does_not_come_back()
    {
        var client = Client();
        var answer = client.PublishAsync("s", "x").AsTask();
        var reader = client.SubscribeAsync("t", 1).GetAsyncEnumerator();
        var next = reader.MoveNextAsync().AsTask();
        var page = client.FetchAsync("u").AsTask();
        var peer = await Server.WelcomeAsync();
        for (var i = 0; i < 3; i++)
            await peer.ReadAsync();
        await peer.SendAsync(Frames.Fatal(ErrorCode.TakenOver));
        peer.Dispose();

        await FailureOf<WireConnectionException>(answer);
        Func<Task>[] calls =
        [
            () => answer,
            () => next,
            () => page,
            () => client.PublishAsync("s", "y").AsTask(),
            () => client.ConnectAsync(),
        ];
        foreach (var call in calls)
        {
            var failure = await FailureOf<WireConnectionException>(call());
            Assert.That(failure.Code, Is.EqualTo(ErrorCode.TakenOver));
            Assert.That(failure.IsFinal, Is.True);
        }
        Assert.That(Server.HasCaller, Is.False);
        Assert.That(client.Connections, Is.EqualTo(1));
    }

    [TestCase(ErrorCode.UnsupportedVersion)]
    [TestCase(ErrorCode.Unauthenticated)]
    [TestCase(ErrorCode.Forbidden)]
    [TestCase(ErrorCode.InvalidArgument)]
    public async Task A_client_that_is_refused_at_the_door_ends(ErrorCode code)
    {
        var client = Client();
        var answer = client.PublishAsync("s", "x").AsTask();
        var peer = await Server.AcceptAsync();
        await peer.ReadAsync();
        await peer.SendAsync(Frames.Fatal(code));
        Assert.That((await FailureOf<WireConnectionException>(answer)).Code, Is.EqualTo(code));
    }

    [TestCase(ErrorCode.Unauthenticated)]
    [TestCase(ErrorCode.IdleTimeout)]
    [TestCase(ErrorCode.Internal)]
    public async Task Other_ends_of_a_live_connection_lead_to_the_next_with_a_fresh_token(ErrorCode code)
    {
        var tokens = 0;
        var client = Client(options => options.TokenProvider = _ => ValueTask.FromResult($"token {++tokens}"));
        var answer = client.PublishAsync("s", "x");
        for (var i = 1; i <= 3; i++)
        {
            var peer = await Server.AcceptAsync();
            Assert.That((await peer.ReadAsync()).Hello.Token, Is.EqualTo($"token {i}"));
            await peer.SendAsync(Frames.Welcome());
            var publish = await peer.ReadPublishAsync();
            await peer.SendAsync(i < 3 ? Frames.Fatal(code) : Frames.Ack(publish, 1));
        }
        Assert.That((await Within(answer)).Sequence, Is.EqualTo(1));
    }

    [Test]
    public async Task ConnectAsync_tells_of_a_server_that_is_not_there_and_the_client_goes_on_trying()
    {
        await Server.DisposeAsync();
        var client = Client();
        var failure = await FailureOf<WireConnectionException>(client.ConnectAsync());
        Assert.That(failure.IsFinal, Is.False);
        Assert.That(failure.InnerException, Is.Not.Null);
        await FailureOf<WireConnectionException>(client.ConnectAsync());
        Assert.That(client.IsConnected, Is.False);
    }

    [Test]
    public async Task A_server_that_never_says_Welcome_is_given_up_in_time()
    {
        var time = new ManualTimeProvider();
        var client = TimedClient(time);
        var connecting = client.ConnectAsync();
        var peer = await Server.AcceptAsync();
        await peer.ReadAsync();
        time.Advance(TimeSpan.FromSeconds(10));
        await FailureOf<WireConnectionException>(connecting);
    }

    [Test]
    public async Task A_ping_is_answered_with_its_nonce()
    {
        var client = Client();
        _ = client.ConnectAsync();
        var peer = await Server.WelcomeAsync();
        await peer.SendAsync(new Frame { Ping = new Ping { Nonce = 0xFEDCBA9876543210 } });
        Assert.That((await peer.ReadAsync()).Pong?.Nonce, Is.EqualTo(0xFEDCBA9876543210));
    }

    [Test]
    public async Task A_silent_server_is_pinged_and_after_three_intervals_given_up()
    {
        var time = new ManualTimeProvider();
        var client = TimedClient(time);
        _ = client.PublishAsync("s", "x");
        var interval = TimeSpan.FromSeconds(15);
        var peer = await Server.WelcomeAsync();
        var publish = await peer.ReadPublishAsync();
        await time.WaitForTimerAsync(wait => wait == interval);
        for (var i = 1; i < 3; i++)
        {
            time.Advance(interval);
            Assert.That((await peer.ReadAsync()).BodyCase, Is.EqualTo(Frame.BodyOneofCase.Ping));
        }
        time.Advance(interval);
        await time.WaitForTimerAsync(IsWait);
        time.Advance(Max);
        var second = await Server.WelcomeAsync();
        Assert.That(await second.ReadPublishAsync(), Is.EqualTo(publish));
    }

    [Test]
    public async Task A_server_that_says_something_in_each_interval_is_kept()
    {
        var time = new ManualTimeProvider();
        var client = TimedClient(time);
        var peer = default(ScriptedPeer);
        for (var i = 1UL; i <= 10; i++)
        {
            var answer = client.PublishAsync("s", "x");
            peer ??= await Server.WelcomeAsync();
            await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), i));
            await Within(answer);
            time.Advance(TimeSpan.FromSeconds(15));
        }
        Assert.That(client.Connections, Is.EqualTo(1));
    }

    [Test]
    public async Task An_end_in_the_middle_of_a_frame_is_a_lost_connection()
    {
        var client = Client();
        var answer = client.PublishAsync("s", "x");
        var first = await Server.WelcomeAsync();
        var publish = await first.ReadPublishAsync();
        await first.SendBytesAsync([20, 0x22, 18, 0x0A]);
        first.Dispose();
        var second = await Server.WelcomeAsync();
        await second.SendAsync(Frames.Ack(await second.ReadPublishAsync(), 1));
        Assert.That((await Within(answer)).PublishId, Is.EqualTo(publish.PublishId));
    }

    [Test]
    public void The_delay_stays_within_its_bounds([Values(0, 1, 5, 100, int.MaxValue)] int failures, [Values(0, 0.5, 1)] double draw)
    {
        var delay = ReconnectDelay.Of(failures, Min, Max, TimeSpan.Zero, draw);
        Assert.That(delay, Is.InRange(Min / 2, Max));
        Assert.That(
            ReconnectDelay.Of(failures, Min, Max, TimeSpan.FromMilliseconds(uint.MaxValue), draw),
            Is.LessThanOrEqualTo(TimeSpan.FromDays(1)));
    }

    private static bool IsWait(TimeSpan time) => time <= Max;

    private WireClient TimedClient(ManualTimeProvider time) => Client(options =>
    {
        options.TimeProvider = time;
        options.ReconnectDelayMin = Min;
        options.ReconnectDelayMax = Max;
    });
}
