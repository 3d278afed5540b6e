using Wire.Protocol;
using Wire.Sessions;
using Wire.Tests.Log;

namespace Wire.Tests.Sessions;

internal sealed class FlushTests
{
    private const string S = "session";

    // Hashes of sessions, so many that none collide.
    private const int Many = 1_000_003;

    [Test]
    public async Task What_nobody_waits_for_is_flushed_after_a_while_or_when_it_is_much()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.PublishAsync(S, 1, "", Durability.Memory);
        Assert.That(SpinWait.SpinUntil(() => harness.Volatile.DurableAddress > 64, TestOutbox.Deadline), Is.True);
        await harness.SettleAsync();

        await producer.PublishAsync(S, 2, new string('p', 1000), Durability.Memory);
        await producer.PublishAsync(S, 3, new string('p', SessionWorker.LazyFlushBytes - 1000), Durability.Memory);
        Assert.That(SpinWait.SpinUntil(() => harness.Volatile.Volatiles.Length == 0, TestOutbox.Deadline), Is.True);
    }

    [Test]
    public async Task Whoever_waits_has_it_flushed_at_once_with_all_that_stands_before_it()
    {
        await using var harness = await EngineHarness.StartAsync();
        var other = await harness.ConnectAsync("b");
        var producer = await harness.ConnectAsync("a");
        for (ulong id = 1; id <= 50; id++)
        {
            // Neither the duplicate nor the page says anything of what the other stored last, but both stand behind it.
            await producer.SendWholeAsync(Frames.Publish(S, id, "", Durability.Memory), Frames.Publish("last", id, "", Durability.Memory), Frames.Publish(S, id), Frames.Fetch(S, 1));
            var frames = await producer.Outbox.ReadAsync(4);
            Assert.That(frames.Count(f => f.Ack is { Duplicate: true, Durability: Durability.Disk }), Is.EqualTo(1));
            Assert.That(frames.Count(f => f.Page is not null), Is.EqualTo(1));
            await other.SendWholeAsync(Frames.Publish(S, id, "", Durability.Memory), Frames.Subscribe(S));
            Assert.That((await other.Outbox.ReadAsync(2)).Select(f => f.BodyCase), Is.SupersetOf(new[] { Frame.BodyOneofCase.Ack, Frame.BodyOneofCase.Subscribed }));
            await other.SendAsync(Frames.Unsubscribe(S));
            other.Outbox.ReadAll();
        }
    }

    [Test]
    public async Task A_worker_that_waits_for_a_busy_log_has_it_flushed_whatever_it_was_doing()
    {
        var log = new VolatileLog(Many);
        await using (var before = await EngineHarness.StartAsync(log))
            await (await before.ConnectAsync("before")).PublishAsync(S, 1);
        await using var harness = await EngineHarness.StartAsync(log = log.Crash());
        log.IsBusy = true;
        log.OnFlush = () =>
        {
            if (log.IsBusy)
                log.IsBusy = false;
        };
        // The first has to wait for its session to be loaded; the second does not.
        var a = await harness.ConnectAsync("a");
        await a.PublishAsync(S, 1);
        Assert.That(await a.ReadAsync(), Is.EqualTo(Frames.Ack(S, 1, 2, 1, Durability.Disk)));
        log.IsBusy = true;
        await a.PublishAsync("other", 1);
        Assert.That(await a.ReadAsync(), Is.EqualTo(Frames.Ack("other", 1, 1, 1, Durability.Disk)));
        log.OnFlush = null;
    }
}
