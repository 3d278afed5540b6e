using Wire.Log;
using Wire.Protocol;
using Wire.Tests.Log;

namespace Wire.Tests.Sessions;

internal sealed class LogTroubleTests
{
    private const string S = "session";

    [Test]
    public async Task A_log_that_takes_nothing_ends_the_connection_that_publishes_and_no_other()
    {
        await using var harness = await EngineHarness.StartAsync();
        var reader = await harness.ConnectAsync("b");
        var producer = await harness.ConnectAsync("a");
        await producer.PublishAsync(S, 1);
        Assert.That(await producer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 1, 1, 1, Durability.Disk)));
        harness.Volatile.RefuseNext(1);
        await producer.SendWholeAsync(Frames.Publish(S, 2), Frames.Publish("other", 1), Frames.Publish(S, 3));
        var error = await producer.Outbox.ClosedAsync();
        Assert.That(error, Has.Property("Code").EqualTo(ErrorCode.StorageUnavailable).And.Property("Fatal").True);
        Assert.That(error!.RetryAfterMs, Is.GreaterThan(0));
        await producer.Loop.WaitAsync(TestOutbox.Deadline);

        await reader.SendAsync(Frames.Fetch(S, 1));
        Assert.That((await reader.ReadAsync()).Page.Messages, Has.Count.EqualTo(1));
        Assert.That(reader.Outbox.IsClosed, Is.False);
        Assert.That(harness.Volatile.MessagesOf("other"), Is.Empty, "nothing behind the refused publish");

        // The same again, as a client does it.
        producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publish(S, 2), Frames.Publish("other", 1), Frames.Publish(S, 3));
        await producer.LeaveAsync();
        Assert.That(producer.Outbox.ReadAll().Select(f => (f.Ack.SessionId, f.Ack.Sequence)), Is.EqualTo(new[] { (S, 2ul), ("other", 1ul), (S, 3ul) }));
    }

    [Test]
    public async Task A_busy_log_delays_and_refuses_nothing()
    {
        await using var harness = await EngineHarness.StartAsync(configure: o => o.Workers = 2);
        harness.Volatile.IsBusy = true;
        var producers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => harness.ConnectAsync($"a{i}")));
        var sent = producers.Select(p => p.SendWholeAsync([.. Enumerable.Range(0, 5).SelectMany(s => Frames.Publishes($"s{s}", 1, 20))])).ToArray();
        await harness.SettleAsync();
        Assert.That(producers.SelectMany(p => p.Outbox.ReadAll()), Is.Empty);
        harness.Volatile.Progress(); // and it is still busy
        await harness.SettleAsync();
        harness.Volatile.IsBusy = false;
        await Task.WhenAll(sent).WaitAsync(TestOutbox.Deadline);
        foreach (var producer in producers)
        {
            await producer.LeaveAsync();
            Assert.That(producer.Outbox.ReadAll().Sum(f => f.Ack.Count), Is.EqualTo(100));
        }
        for (var s = 0; s < 5; s++)
            Assert.That(harness.Volatile.MessagesOf($"s{s}"), Has.Count.EqualTo(120));
    }

    [Test]
    public async Task Others_are_served_while_a_worker_waits_for_a_busy_log()
    {
        await using var harness = await EngineHarness.StartAsync();
        var reader = await harness.ConnectAsync("b");
        await reader.SendAsync(Frames.Subscribe("s"));
        Assert.That((await reader.ReadAsync()).Subscribed, Is.Not.Null);
        harness.Volatile.IsAutomatic = false;
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publish("s", 1));
        harness.Volatile.IsBusy = true;
        _ = producer.SendWholeAsync(Frames.Publish("s", 2));
        await harness.SettleAsync();
        harness.Volatile.Advance();
        Assert.That((await reader.ReadAsync()).Message.Sequence, Is.EqualTo(1));
        Assert.That((await producer.ReadAsync()).Ack.Sequence, Is.EqualTo(1));
    }

    [Test]
    public async Task A_log_that_fails_is_never_answered_for_and_nobody_hangs()
    {
        await using var harness = await EngineHarness.StartAsync();
        var reader = await harness.ConnectAsync("reader");
        await reader.SendAsync(Frames.Subscribe(S, 1));
        Assert.That((await reader.ReadAsync()).Subscribed, Is.Not.Null);
        var durable = await harness.ConnectAsync("durable");
        await durable.PublishAsync(S, 1);
        Assert.That((await durable.ReadAsync()).Ack.Sequence, Is.EqualTo(1));

        harness.Volatile.IsAutomatic = false;
        var waits = await harness.ConnectAsync("waits");
        await waits.PublishAsync(S, 1);
        var again = await harness.ConnectAsync("waits too");
        await again.SendAsync(Frames.Publish(S, 1, "", expectedHead: 1));
        var memory = await harness.ConnectAsync("memory");
        await memory.PublishAsync(S, 1, "", Durability.Memory);
        Assert.That((await memory.ReadAsync()).Ack.Durability, Is.EqualTo(Durability.Memory));
        var fetches = await harness.ConnectAsync("fetches");
        await fetches.SendAsync(Frames.Fetch(S, 1), Frames.Subscribe(S, 1));
        await harness.SettleAsync();

        harness.Volatile.Fail();
        Assert.That((await waits.Outbox.ClosedAsync())?.Code, Is.EqualTo(ErrorCode.StorageUnavailable));
        Assert.That((await again.Outbox.ClosedAsync())?.Code, Is.EqualTo(ErrorCode.StorageUnavailable));
        Assert.That(waits.Outbox.ReadAll().Concat(again.Outbox.ReadAll()).Where(f => f.Error is not { Fatal: true }), Is.Empty);

        // Reads go on with what is known to be stored.
        var frames = await fetches.Outbox.ReadAsync(3);
        var page = frames.Single(f => f.Page is not null).Page;
        Assert.That((page.HeadSequence, page.Messages.Count), Is.EqualTo((1ul, 1)));
        Assert.That(frames.Single(f => f.Subscribed is not null), Is.EqualTo(Frames.Subscribed(S, 1, 1)));
        Assert.That(frames.Single(f => f.Message is not null).Message.Sequence, Is.EqualTo(1));
        Assert.That((await reader.ReadAsync()).Message.Sequence, Is.EqualTo(1));
        await harness.SettleAsync();
        Assert.That(reader.Outbox.ReadAll(), Is.Empty, "what a crash can take back is seen by nobody");

        // Whoever publishes from now on is told to come back; whoever is refused anyway, or had MEMORY, is not.
        var late = await harness.ConnectAsync("late");
        await late.SendAsync(Frames.Publish(S, 0), Frames.Publish(S, 0));
        Assert.That((await late.Outbox.ReadAsync(2)).Select(f => f.Error.Code), Is.All.EqualTo(ErrorCode.InvalidArgument));
        await late.SendAsync(Frames.Fetch(S, 1));
        Assert.That((await late.ReadAsync()).Page.HeadSequence, Is.EqualTo(1));
        await late.PublishAsync(S, 1);
        Assert.That((await late.Outbox.ClosedAsync())?.Code, Is.EqualTo(ErrorCode.StorageUnavailable));
        await memory.DropAsync();
        memory = await harness.ConnectAsync("memory");
        await memory.PublishAsync(S, 1, "", Durability.Memory);
        Assert.That((await memory.ReadAsync()).Ack.Duplicate, Is.True);
    }

    [Test]
    public async Task What_was_stored_before_the_log_failed_is_answered()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publish(S, 1));
        await producer.SendWholeAsync(Frames.Publish(S, 2));
        harness.Volatile.Advance(harness.Volatile.Volatiles[0]);
        harness.Volatile.Fail();
        await producer.Outbox.ClosedAsync();
        Assert.That(producer.Outbox.ReadAll()[0], Is.EqualTo(Frames.Ack(S, 1, 1, 1, Durability.Disk)));
    }

    [Test]
    public async Task A_full_log_in_memory_refuses_says_so_and_is_read_on()
    {
        var log = new InMemoryMessageLog(8 * 1024 * 1024);
        await using var harness = await EngineHarness.StartAsync(log);
        var payload = new string('p', 1_000_000);
        Assert.That(log.Health, Is.EqualTo(LogHealth.Healthy));
        var producer = await harness.ConnectAsync("a");
        for (ulong id = 1; !producer.Outbox.IsClosed; id++)
            await producer.PublishAsync(S, id, payload);
        Assert.That(producer.Outbox.ClosedWith?.Code, Is.EqualTo(ErrorCode.StorageUnavailable));
        Assert.That(log.Health, Is.EqualTo(LogHealth.Full));
        var reader = await harness.ConnectAsync("b");
        await reader.SendAsync(Frames.Fetch(S, 1, limit: 1, backward: true));
        var page = (await reader.ReadAsync()).Page;
        Assert.That(page.Messages.Single().Sequence, Is.EqualTo(page.HeadSequence).And.EqualTo((ulong)producer.Outbox.ReadAll().Count - 1));
    }
}
