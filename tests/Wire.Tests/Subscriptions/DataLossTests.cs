using Wire.Protocol;
using Wire.Tests.Log;
using Wire.Tests.Sessions;

namespace Wire.Tests.Subscriptions;

internal sealed class DataLossTests
{
    private const string S = "session";

    [Test]
    public async Task A_damaged_record_costs_the_page_and_the_subscription_that_need_it_and_no_other()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        for (ulong id = 1; id <= 100; id++)
            await producer.SendWholeAsync(Frames.Publish(S, id));
        await producer.Outbox.ReadAsync(100);
        harness.Volatile.Damage(harness.Volatile.AddressesOf(S)[49]); // sequence 50

        var reader = await harness.ConnectAsync("b");
        foreach (var (from, limit, backward, isLost) in new[]
        {
            (1ul, 48u, false, false), (1ul, 50u, false, true), (51ul, 50u, false, false), (50ul, 1u, false, true), (100ul, 50u, true, false), (100ul, 51u, true, true),
            (48ul, 10u, true, false), // 49 is found only through 50
        })
        {
            await reader.SendAsync(Frames.Fetch(S, 7, from, limit, backward));
            var frame = await reader.ReadAsync();
            if (isLost)
                Assert.That((frame.Error.Code, frame.Error.RequestId, frame.Error.Fatal), Is.EqualTo((ErrorCode.DataLoss, 7u, false)), $"{from} {limit}");
            else
                Assert.That(frame.Page?.Messages, Has.Count.EqualTo((int)limit), $"{from} {limit} {frame}");
        }

        await reader.SendAsync(Frames.Subscribe(S, 40));
        Assert.That(await reader.ReadAsync(), Is.EqualTo(Frames.Subscribed(S, 1, 100)));
        for (ulong sequence = 40; sequence < 49; sequence++)
            Assert.That((await reader.ReadAsync()).Message.Sequence, Is.EqualTo(sequence));
        Assert.That((await reader.ReadAsync()).Error, Is.EqualTo(new Error
        {
            Code = ErrorCode.DataLoss,
            SessionId = S,
            Detail = "stored data of the session is damaged",
        }));
        await producer.PublishAsync(S, 101);
        Assert.That((await producer.ReadAsync()).Ack.Sequence, Is.EqualTo(101), "the session goes on");
        await harness.SettleAsync();
        Assert.That(reader.Outbox.ReadAll(), Is.Empty, "the subscription has ended");
    }

    [Test]
    public async Task A_session_that_cannot_be_restored_is_refused_whole_and_no_other_is()
    {
        var log = new VolatileLog(hashes: 1); // damage in the one session costs the other nothing
        await using (var before = await EngineHarness.StartAsync(log))
        {
            var producer = await before.ConnectAsync("before");
            for (ulong id = 1; id <= 5; id++)
                await producer.SendWholeAsync(Frames.Publish("other", id), Frames.Publish(S, id));
        }
        log = log.Crash();
        var damaged = log.AddressesOf(S)[2];
        log.Damage(damaged);

        await using var harness = await EngineHarness.StartAsync(log);
        harness.ExpectsDamage = true;
        var a = await harness.ConnectAsync("a");
        await a.SendWholeAsync(Frames.Publish(S, 1), Frames.Publish("other", 1), Frames.Publish(S, 0), Frames.Publish(S, 2), Frames.Fetch(S, 3), Frames.Subscribe(S));
        var frames = await a.Outbox.ReadAsync(6);
        Assert.That(frames.Single(f => f.Ack is not null), Is.EqualTo(Frames.Ack("other", 1, 6, 1, Durability.Disk)));
        Assert.That(frames.Where(f => f.Error is { PublishId: > 0 }).Select(f => (f.Error.Code, f.Error.SessionId, f.Error.PublishId, f.Error.Fatal)),
            Is.EqualTo(new[] { (ErrorCode.DataLoss, S, 1ul, false), (ErrorCode.DataLoss, S, 2ul, false) }));
        Assert.That(frames.Count(f => f.Error is { RequestId: 3, Code: ErrorCode.DataLoss }), Is.EqualTo(1));
        Assert.That(frames.Count(f => f.Error is { RequestId: 0, PublishId: 0, Code: ErrorCode.DataLoss }), Is.EqualTo(1), "the subscription");
        Assert.That(frames.Count(f => f.Error is { Code: ErrorCode.InvalidArgument }), Is.EqualTo(1), "which is looked at first");
        Assert.That(harness.Faults.Entries, Is.Not.Empty, "and it is logged");

        // It can be read again: this connection's publishes stay refused, a new one asks anew.
        log.Damage(damaged);
        await a.SendWholeAsync(Frames.Publish(S, 3), Frames.Fetch(S, 4), Frames.Subscribe(S, 6));
        frames = await a.Outbox.ReadAsync(3);
        Assert.That(frames.Count(f => f.Error is { PublishId: 3, Code: ErrorCode.DataLoss }), Is.EqualTo(1));
        Assert.That(frames.Single(f => f.Page is not null).Page.Messages, Has.Count.EqualTo(5));
        Assert.That(frames.Single(f => f.Subscribed is not null), Is.EqualTo(Frames.Subscribed(S, 1, 5)));
        var b = await harness.ConnectAsync("b");
        await b.PublishAsync(S, 1);
        Assert.That(await b.ReadAsync(), Is.EqualTo(Frames.Ack(S, 1, 6, 1, Durability.Disk)));
        Assert.That((await a.ReadAsync()).Message.Sequence, Is.EqualTo(6));
        Assert.That(log.MessagesOf(S).Select(m => m.Sender), Is.EqualTo(Enumerable.Repeat("before", 5).Append("b")));
    }
}
