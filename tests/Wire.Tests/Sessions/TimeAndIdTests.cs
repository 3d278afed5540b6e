using Wire.Protocol;
using Wire.Tests.Log;

namespace Wire.Tests.Sessions;

internal sealed class TimeAndIdTests
{
    [Test]
    public async Task Ids_rise_and_timestamps_do_not_fall_whatever_the_clock_does()
    {
        var time = new ManualTime();
        var random = new Random(7);
        await using var harness = await EngineHarness.StartAsync(time: time);
        var producer = await harness.ConnectAsync("a");
        for (ulong id = 1; id <= 200; id += 4)
        {
            await producer.SendAsync(Frames.Publishes("s", id, 4));
            time.Now += TimeSpan.FromMilliseconds(random.Next(-3_600_000, 3_600_000));
        }
        await harness.SettleAsync();
        var messages = harness.Volatile.MessagesOf("s");
        Assert.That(messages, Has.Count.EqualTo(200));
        Assert.That(messages.Select(m => m.PackedId), Is.Ordered.And.Unique);
        Assert.That(messages.Select(m => m.Timestamp), Is.Ordered);
    }

    [Test]
    public async Task Ids_name_the_time_and_the_node()
    {
        var time = new ManualTime();
        await using var harness = await EngineHarness.StartAsync(time: time, configure: o => o.NodeId = 1023);
        var producer = await harness.ConnectAsync("a");
        await producer.SendAsync(Frames.Publish("s", 1), Frames.Fetch("s", 1));
        var message = (await producer.Outbox.ReadAsync(2)).Single(f => f.Page is not null).Page.Messages[0];
        var id = new MessageId(message.Id);
        Assert.That((id.Timestamp, id.NodeId, id.Counter), Is.EqualTo((time.Now, 1023, 0)));
        Assert.That(message.TimestampUnixNs, Is.EqualTo((time.Now - DateTimeOffset.UnixEpoch).Ticks * 100));
    }

    [Test]
    public async Task A_counter_that_overflows_borrows_the_next_millisecond()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.SendAsync(Frames.Publishes("s", 1, 3 * (MessageId.MaxCounter + 1)));
        await harness.SettleAsync();
        var ids = harness.Volatile.MessagesOf("s").Select(m => m.PackedId).ToArray();
        Assert.That(ids.Select(id => id - ids[0]), Is.EqualTo(Enumerable.Range(0, ids.Length)));
    }

    [Test]
    public async Task Ids_are_unique_over_workers_and_over_a_restart_with_the_clock_set_back()
    {
        var time = new ManualTime();
        var log = new VolatileLog();
        var sessions = Enumerable.Range(0, 40).Select(i => $"s{i}").ToArray();
        for (var run = 0; run < 3; run++)
        {
            await using (var harness = await EngineHarness.StartAsync(log, o => o.Workers = 4, time))
            {
                var producers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => harness.ConnectAsync($"a{i}")));
                var first = (ulong)run * 10 + 1;
                await Task.WhenAll(producers.Select(p => p.SendAsync([.. sessions.SelectMany(s => Frames.Publishes(s, first, 10))])));
                await harness.SettleAsync();
            }
            log = log.Crash();
            time.Now -= TimeSpan.FromDays(1);
        }
        var ids = sessions.SelectMany(s => log.MessagesOf(s)).Select(m => m.PackedId).ToArray();
        Assert.That(ids, Has.Length.EqualTo(3 * 40 * 40).And.Unique);
    }
}
