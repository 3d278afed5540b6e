using Wire.Client;
using Wire.Protocol;

namespace Wire.Tests.Client;

internal sealed class StateTests : ClientFixture
{
    [Test]
    public async Task Each_change_is_told_with_its_reason_to_the_end()
    {
        var client = Client();
        Assert.That(client.State, Is.EqualTo(new WireClientState(WireClientStatus.Idle, 0)));
        await using var states = client.WatchStateAsync().GetAsyncEnumerator();
        Assert.That((await NextAsync(states)).Status, Is.EqualTo(WireClientStatus.Idle), "the present one comes first");
        Assert.That(Server.HasCaller, Is.False, "to watch is not to connect");

        _ = client.ConnectAsync();
        Assert.That(await NextAsync(states), Is.EqualTo(new WireClientState(WireClientStatus.Connecting, 0)));
        var first = await Server.WelcomeAsync();
        Assert.That(await NextAsync(states), Is.EqualTo(new WireClientState(WireClientStatus.Connected, 1)));

        first.Reset();
        var lost = await NextAsync(states);
        Assert.That((lost.Status, lost.Connections, lost.Reason, lost.Code), Is.EqualTo(
            (WireClientStatus.Disconnected, 1, DisconnectReason.Lost, ErrorCode.Unspecified)));
        Assert.That(lost.Detail, Is.Not.Empty);
        Assert.That(lost.NextAttemptIn, Is.GreaterThan(TimeSpan.Zero).And.LessThanOrEqualTo(TimeSpan.FromMilliseconds(20)));

        Assert.That((await NextAsync(states)).Status, Is.EqualTo(WireClientStatus.Connecting));
        var second = await Server.WelcomeAsync();
        Assert.That((await NextAsync(states)).Connections, Is.EqualTo(2));
        await second.SendAsync(Frames.GoAway(reconnectAfterMs: 30));
        second.Dispose();
        var leaving = await NextAsync(states);
        Assert.That(leaving.Reason, Is.EqualTo(DisconnectReason.ServerLeaving));
        Assert.That(leaving.NextAttemptIn, Is.GreaterThan(TimeSpan.FromMilliseconds(30)));

        Assert.That((await NextAsync(states)).Status, Is.EqualTo(WireClientStatus.Connecting));
        var third = await Server.WelcomeAsync();
        await third.SendAsync(Frames.Fatal(ErrorCode.Overloaded, retryAfterMs: 5));
        Assert.That((await NextAsync(states)).Status, Is.EqualTo(WireClientStatus.Connected));
        var refused = await NextAsync(states);
        Assert.That((refused.Status, refused.Reason, refused.Code), Is.EqualTo(
            (WireClientStatus.Disconnected, DisconnectReason.Refused, ErrorCode.Overloaded)));

        Assert.That((await NextAsync(states)).Status, Is.EqualTo(WireClientStatus.Connecting));
        var fourth = await Server.WelcomeAsync();
        await fourth.SendAsync(Frames.Fatal(ErrorCode.TakenOver));
        Assert.That((await NextAsync(states)).Status, Is.EqualTo(WireClientStatus.Connected));
        var ended = await NextAsync(states);
        Assert.That((ended.Status, ended.Reason, ended.Code, ended.NextAttemptIn), Is.EqualTo(
            (WireClientStatus.Ended, DisconnectReason.TakenOver, ErrorCode.TakenOver, (TimeSpan?)null)));
        Assert.That(await Within(states.MoveNextAsync()), Is.False, "nothing comes after the end");
        Assert.That(client.State, Is.EqualTo(ended));
    }

    [Test]
    public async Task A_server_that_is_not_there_is_told()
    {
        await Server.DisposeAsync();
        var client = Client();
        await using var states = client.WatchStateAsync().GetAsyncEnumerator();
        await FailureOf<WireConnectionException>(client.ConnectAsync());
        await NextAsync(states);
        await NextAsync(states);
        var failed = await NextAsync(states);
        Assert.That((failed.Status, failed.Reason), Is.EqualTo((WireClientStatus.Disconnected, DisconnectReason.Lost)));
    }

    [Test]
    public async Task A_protocol_violation_and_a_disposal_are_told()
    {
        var violated = Client();
        _ = violated.ConnectAsync();
        await (await Server.WelcomeAsync()).SendBytesAsync([0]);
        Assert.That((await LastAsync(violated)).Reason, Is.EqualTo(DisconnectReason.ProtocolViolation));
        await violated.DisposeAsync();
        Assert.That(violated.State.Reason, Is.EqualTo(DisconnectReason.ProtocolViolation), "the first end counts");

        var disposed = Client();
        await disposed.DisposeAsync();
        Assert.That((await LastAsync(disposed)).Reason, Is.EqualTo(DisconnectReason.Disposed));
    }

    [Test]
    public async Task A_watcher_that_does_not_read_holds_nobody_up_and_is_told_the_last()
    {
        var client = Client();
        await using var states = client.WatchStateAsync().GetAsyncEnumerator();
        await NextAsync(states);
        for (var i = 0; i < 100; i++)
        {
            var answer = client.PublishAsync("s", "x").AsTask();
            var peer = await Server.WelcomeAsync();
            await peer.SendAsync(Frames.Ack(await peer.ReadPublishAsync(), 1));
            await Within(answer);
            peer.Dispose();
        }
        await client.DisposeAsync();
        var count = 0;
        var last = default(WireClientState);
        while (await Within(states.MoveNextAsync()))
            (last, count) = (states.Current, count + 1);
        Assert.That(last!.Status, Is.EqualTo(WireClientStatus.Ended));
        Assert.That(count, Is.EqualTo(64));
    }

    [Test]
    public async Task A_watcher_may_leave()
    {
        var client = Client();
        using var cancellation = new CancellationTokenSource();
        await using var states = client.WatchStateAsync(cancellation.Token).GetAsyncEnumerator();
        await NextAsync(states);
        var next = states.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();
        await FailureOf<OperationCanceledException>(next);
    }

    private static async Task<WireClientState> NextAsync(IAsyncEnumerator<WireClientState> states)
    {
        Assert.That(await Within(states.MoveNextAsync()), Is.True);
        return states.Current;
    }

    private static async Task<WireClientState> LastAsync(WireClient client)
    {
        var last = client.State;
        await foreach (var state in client.WatchStateAsync())
            last = state;
        return last;
    }
}
