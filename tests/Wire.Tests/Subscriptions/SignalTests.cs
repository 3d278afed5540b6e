using Google.Protobuf;
using Wire.Protocol;
using Wire.Tests.Sessions;

namespace Wire.Tests.Subscriptions;

internal sealed class SignalTests
{
    private const string S = "session";

    [Test]
    public async Task A_signal_goes_to_those_who_follow_but_its_sender_and_names_it()
    {
        await using var harness = await EngineHarness.StartAsync();
        var sender = await harness.ConnectAsync("agent", Role.Agent);
        var follower = await harness.ConnectAsync("b");
        var elsewhere = await harness.ConnectAsync("c");
        foreach (var (producer, session) in new[] { (sender, S), (follower, S), (elsewhere, "other") })
        {
            await producer.SendAsync(Frames.Subscribe(session));
            await producer.ReadAsync();
        }
        var forged = Frames.Signal(S, "typing", [1, 2]);
        forged.Signal.Sender = "b";
        forged.Signal.Role = Role.System;
        await sender.SendAsync(forged);
        Assert.That(await follower.ReadAsync(), Is.EqualTo(new Frame
        {
            Signal = new Signal { SessionId = S, Kind = "typing", Payload = ByteString.CopyFrom(1, 2), Sender = "agent", Role = Role.Agent },
        }));
        await harness.SettleAsync();
        Assert.That(sender.Outbox.ReadAll().Concat(elsewhere.Outbox.ReadAll()), Is.Empty);
        Assert.That(harness.Volatile.MessagesOf(S), Is.Empty);
    }

    [Test]
    public async Task A_signal_that_is_refused_or_finds_no_room_is_dropped_in_silence()
    {
        await using var harness = await EngineHarness.StartAsync();
        var sender = await harness.ConnectAsync("a");
        var follower = await harness.ConnectAsync("b");
        await follower.SendAsync(Frames.Subscribe(S));
        await follower.ReadAsync();
        await sender.SendAsync(Frames.Signal(S, "large", new byte[1025]), Frames.Signal("", "nowhere", []), Frames.Signal("a\n", "nowhere", []));
        await sender.SendAsync([6, 0x8A, 0x01, 3, 0x12, 1, 0xFF]); // a kind that is no text
        await sender.SendAsync(Frames.Signal(S, "largest", new byte[1024]));
        Assert.That((await follower.ReadAsync()).Signal.Kind, Is.EqualTo("largest"));

        follower.Outbox.IsStalled = true;
        follower.Outbox.MessageMark = 100;
        await sender.SendAsync(Frames.Signal(S, "first", []), Frames.Signal(S, "dropped", new byte[100]));
        await harness.SettleAsync();
        follower.Outbox.IsStalled = false;
        await sender.SendAsync(Frames.Signal(S, "last", []));
        Assert.That((await follower.Outbox.ReadAsync(2)).Select(f => f.Signal.Kind), Is.EqualTo(new[] { "first", "last" }));
        await harness.SettleAsync();
        Assert.That(sender.Outbox.ReadAll(), Is.Empty);
    }
}
