using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Tests.Log;
using Wire.Tests.Sessions;

namespace Wire.Tests.Subscriptions;

internal sealed class SubscriptionTests
{
    private const string S = "session";

    [TestCase(0ul, 6ul)]
    [TestCase(1ul, 1ul)]
    [TestCase(3ul, 3ul)]
    [TestCase(5ul, 5ul)]
    [TestCase(6ul, 6ul)]
    [TestCase(9ul, 9ul)]
    public async Task A_subscription_begins_where_it_says(ulong from, ulong first)
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publishes(S, 1, 5));
        await producer.ReadAsync();
        var follower = await harness.ConnectAsync("b");
        await follower.SendAsync(Frames.Subscribe(S, from));
        Assert.That(await follower.ReadAsync(), Is.EqualTo(Frames.Subscribed(S, 1, 5)));
        await producer.SendAsync(Frames.Publishes(S, 6, 7));
        for (var sequence = first; sequence <= 12; sequence++)
        {
            var message = (await follower.ReadAsync()).Message;
            Assert.That((message.Sequence, message.PublishId, message.Sender, message.SessionId), Is.EqualTo((sequence, sequence, "a", S)));
        }
        await harness.SettleAsync();
        Assert.That(follower.Outbox.ReadAll(), Is.Empty);
    }

    [Test]
    public async Task A_session_that_never_was_has_no_first_and_no_head()
    {
        await using var harness = await EngineHarness.StartAsync();
        var follower = await harness.ConnectAsync("b");
        await follower.SendAsync(Frames.Subscribe(S, 1));
        Assert.That(await follower.ReadAsync(), Is.EqualTo(Frames.Subscribed(S, 0, 0)));
        await follower.PublishAsync(S, 1);
        var frames = await follower.Outbox.ReadAsync(2);
        Assert.That(frames.Count(f => f.Message is { Sequence: 1 }), Is.EqualTo(1), "its own messages too");
        Assert.That(frames.Count(f => f.Ack is { Sequence: 1 }), Is.EqualTo(1));
    }

    [Test]
    public async Task A_message_is_seen_only_once_it_is_on_stable_storage()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var follower = await harness.ConnectAsync("b");
        await follower.SendAsync(Frames.Subscribe(S, 1));
        await follower.ReadAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publishes(S, 1, 2, Durability.Memory));
        await producer.SendWholeAsync(Frames.Publishes(S, 3, 2, Durability.Memory));
        var late = await harness.ConnectAsync("c");
        await late.SendAsync(Frames.Subscribe(S, 1));
        await producer.Outbox.ReadAsync(2);
        await harness.SettleAsync();
        Assert.That(follower.Outbox.ReadAll().Concat(late.Outbox.ReadAll()), Is.Empty);

        harness.Volatile.Advance(harness.Volatile.Volatiles[0]);
        Assert.That((await follower.Outbox.ReadAsync(2)).Select(f => f.Message.Sequence), Is.EqualTo(new ulong[] { 1, 2 }));
        harness.Volatile.Advance();
        Assert.That((await follower.Outbox.ReadAsync(2)).Select(f => f.Message.Sequence), Is.EqualTo(new ulong[] { 3, 4 }));
        Assert.That(await late.ReadAsync(), Is.EqualTo(Frames.Subscribed(S, 1, 4)));
        Assert.That((await late.Outbox.ReadAsync(4)).Select(f => f.Message.Sequence), Is.EqualTo(new ulong[] { 1, 2, 3, 4 }));
    }

    [Test]
    public async Task A_second_Subscribe_replaces_the_first_and_its_Subscribed_is_the_border()
    {
        await using var harness = await EngineHarness.StartAsync();
        var random = new Random(21);
        var producer = await harness.ConnectAsync("a");
        await producer.SendAsync(Frames.Publishes(S, 1, 500));
        for (var round = 0; round < 30; round++)
        {
            var follower = await harness.ConnectAsync("b");
            follower.Outbox.Refusals = new Random(round);
            await producer.SendAsync(Frames.Publishes(S, 501 + (ulong)round * 40, 20));
            var (first, second) = ((ulong)random.Next(1, 500), (ulong)random.Next(1, 500));
            await follower.SendAsync(Frames.Subscribe(S, first), Frames.Subscribe(S, second));
            await producer.SendAsync(Frames.Publishes(S, 521 + (ulong)round * 40, 20));

            var expected = 0ul;
            var borders = 0;
            var head = 500 + (ulong)(round + 1) * 40;
            while (borders < 2 || expected <= head)
            {
                var frame = await follower.ReadAsync();
                if (frame.Subscribed is not null)
                    expected = borders++ == 0 ? first : second;
                else
                    Assert.That(frame.Message.Sequence, Is.EqualTo(expected++));
            }
            await harness.SettleAsync();
            Assert.That(follower.Outbox.ReadAll(), Is.Empty);
        }
    }

    [Test]
    public async Task A_Subscribe_does_not_overtake_the_one_before_it()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var follower = await harness.ConnectAsync("b");
        await follower.SendWholeAsync(Frames.Publish(S, 1, "", Durability.Memory), Frames.Publish("other", 1, "", Durability.Memory), Frames.Subscribe(S, 2));
        harness.Volatile.Advance(harness.Volatile.Volatiles[0]); // the session is stored, and its Subscribe stands behind the other's record
        await follower.Outbox.ReadAsync(2);
        await follower.SendWholeAsync(Frames.Subscribe(S, 2));
        await harness.SettleAsync();
        Assert.That(follower.Outbox.ReadAll(), Is.Empty);
        harness.Volatile.Advance();
        Assert.That(await follower.Outbox.ReadAsync(2), Is.All.EqualTo(Frames.Subscribed(S, 1, 1)));
        await follower.SendWholeAsync(Frames.Publish(S, 2, "", Durability.Memory));
        harness.Volatile.Advance();
        Assert.That((await follower.Outbox.ReadAsync(2)).Select(f => f.Message?.Sequence ?? f.Ack.Sequence), Is.All.EqualTo(2));
        await harness.SettleAsync();
        Assert.That(follower.Outbox.ReadAll(), Is.Empty);
    }

    [Test]
    public async Task After_an_Unsubscribe_nothing_more_comes()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        var follower = await harness.ConnectAsync("b");
        await follower.SendAsync(Frames.Subscribe(S, 1), Frames.Subscribe("other", 1));
        await follower.Outbox.ReadAsync(2);
        await follower.SendAsync(Frames.Unsubscribe(S), Frames.Unsubscribe("never"));
        await producer.SendAsync(Frames.Publish(S, 1), Frames.Publish("other", 1));
        Assert.That((await follower.ReadAsync()).Message.SessionId, Is.EqualTo("other"));
        await harness.SettleAsync();
        Assert.That(follower.Outbox.ReadAll(), Is.Empty);
    }

    [Test]
    public async Task A_Subscribe_that_was_taken_back_while_it_waited_is_answered_and_gives_nothing()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var follower = await harness.ConnectAsync("b");
        await follower.SendWholeAsync(Frames.Publish(S, 1), Frames.Subscribe(S, 1), Frames.Unsubscribe(S));
        harness.Volatile.Advance();
        await follower.LeaveAsync();
        Assert.That(follower.Outbox.ReadAll(), Is.EqualTo(new[] { Frames.Ack(S, 1, 1, 1, Durability.Disk), Frames.Subscribed(S, 1, 1) }));
    }

    [Test]
    public async Task What_a_connection_follows_ends_with_it()
    {
        await using var harness = await EngineHarness.StartAsync(configure: o => (o.LoadedSessions, o.Workers) = (2, 2));
        harness.Volatile.IsAutomatic = false;
        for (var round = 0; round < 5; round++)
        {
            var follower = await harness.ConnectAsync("b");
            await follower.SendAsync([.. Enumerable.Range(0, 20).SelectMany(i => new[] { Frames.Publish($"s{i}", (ulong)round + 1), Frames.Subscribe($"s{i}", 1) })]);
            if (round % 2 == 0)
                harness.Volatile.Advance();
            await follower.DropAsync();
            harness.Volatile.Advance();
        }
        for (var i = 0; harness.LoadedSessions > 2; i++)
        {
            Assert.That(i, Is.LessThan(10_000), "sessions that are still followed");
            await harness.SettleAsync();
            harness.Volatile.Advance();
        }
    }

    [Test]
    public async Task A_connection_follows_so_many_sessions_and_no_more()
    {
        await using var harness = await EngineHarness.StartAsync(new InMemoryMessageLog());
        var follower = await harness.ConnectAsync("b");
        await follower.SendAsync([.. Enumerable.Range(0, SessionWorker.MaxSubscriptionsOfConnection + 1).Select(i => Frames.Subscribe($"s{i}"))]);
        var frames = await follower.Outbox.ReadAsync(SessionWorker.MaxSubscriptionsOfConnection + 1);
        Assert.That(frames.Count(f => f.Subscribed is not null), Is.EqualTo(SessionWorker.MaxSubscriptionsOfConnection));
        Assert.That(frames[^1].Error, Has.Property("Code").EqualTo(ErrorCode.RateLimited).And.Property("Fatal").False);
        await follower.SendAsync(Frames.Unsubscribe("s0"), Frames.Subscribe("s1", 1), Frames.Subscribe("more"));
        Assert.That((await follower.Outbox.ReadAsync(2)).Select(f => f.Subscribed?.SessionId), Is.EqualTo(new[] { "s1", "more" }));
    }

    [Test]
    public async Task An_invalid_session_is_refused()
    {
        await using var harness = await EngineHarness.StartAsync();
        var follower = await harness.ConnectAsync("b");
        await follower.SendAsync(Frames.Subscribe(""), Frames.Subscribe("a\tb"));
        Assert.That((await follower.Outbox.ReadAsync(2)).Select(f => (f.Error.Code, f.Error.SessionId)), Is.All.EqualTo((ErrorCode.InvalidArgument, "")));
    }
}
