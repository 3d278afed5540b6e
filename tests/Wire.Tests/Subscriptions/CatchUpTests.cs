using Wire.Log;
using Wire.Protocol;
using Wire.Tests.Log;
using Wire.Tests.Sessions;

namespace Wire.Tests.Subscriptions;

internal sealed class CatchUpTests
{
    private const string S = "session";

    [Test]
    public async Task From_the_log_to_live_nothing_is_missed_or_doubled_while_others_publish()
    {
        for (var round = 0; round < 40; round++)
        {
            var random = new Random(round);
            IMessageLog log = round % 4 == 0 ? new InMemoryMessageLog() : new VolatileLog();
            await using var harness = await EngineHarness.StartAsync(log, o => (o.Workers, o.RingBytes) = (1 + round % 2, round % 5 == 0 ? 0 : 1 << 20), seed: round);
            var producers = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => harness.ConnectAsync($"a{i}")));
            var publishing = producers.Select(p => PublishAsync(p, 400)).ToArray();
            var followers = new List<(TestProducer Follower, ulong From)>();
            for (var i = 0; i < 4; i++)
            {
                var follower = await harness.ConnectAsync($"b{i}");
                follower.Outbox.Refusals = i % 2 == 0 ? new Random(round) : null;
                follower.Outbox.MessageMark = 1 << random.Next(8, 16);
                var from = (ulong)random.Next(0, 300);
                await follower.SendAsync(Frames.Subscribe(S, from));
                followers.Add((follower, from));
            }
            await Task.WhenAll(publishing);
            foreach (var (follower, from) in followers)
                await ReadOnAsync(follower, from, 1200);
            await harness.SettleAsync();
            Assert.That(followers.SelectMany(f => f.Follower.Outbox.ReadAll()), Is.Empty);
        }
    }

    [Test]
    public async Task A_slow_reader_costs_no_memory_and_gets_everything()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        var slow = await harness.ConnectAsync("slow");
        var quick = await harness.ConnectAsync("quick");
        slow.Outbox.MessageMark = 4096;
        await slow.SendAsync(Frames.Subscribe(S, 1));
        await quick.SendAsync(Frames.Subscribe(S, 1));
        await slow.ReadAsync();
        await quick.ReadAsync();
        slow.Outbox.IsStalled = true;
        for (ulong id = 1; id <= 2000; id += 20)
            await producer.SendAsync(Frames.Publishes(S, id, 20));
        for (ulong sequence = 1; sequence <= 2000; sequence++)
            Assert.That((await quick.ReadAsync()).Message.Sequence, Is.EqualTo(sequence), "others do not wait for it");
        Assert.That(slow.Outbox.MaxWaitingBytes, Is.LessThanOrEqualTo(4096));

        // Bit by bit it takes what there is, and then it is live again.
        var next = 1ul;
        while (next <= 2000)
        {
            slow.Outbox.IsStalled = false;
            slow.Outbox.IsStalled = true;
            while (slow.Outbox.TryRead(out var frame))
                Assert.That(frame.Message.Sequence, Is.EqualTo(next++));
            await harness.SettleAsync();
        }
        slow.Outbox.IsStalled = false;
        await harness.SettleAsync();
        var reads = harness.Volatile.Reads;
        await producer.SendAsync(Frames.Publishes(S, 2001, 1));
        Assert.That((await slow.ReadAsync()).Message.Sequence, Is.EqualTo(2001));
        Assert.That(harness.Volatile.Reads, Is.EqualTo(reads));
    }

    [Test]
    public async Task Messages_larger_than_the_mark_come_one_by_one()
    {
        await using var harness = await EngineHarness.StartAsync();
        var follower = await harness.ConnectAsync("b");
        follower.Outbox.MessageMark = 1000;
        await follower.SendAsync(Frames.Subscribe(S, 1));
        var producer = await harness.ConnectAsync("a");
        for (ulong id = 1; id <= 50; id++)
            await producer.PublishAsync(S, id, new string('p', 300_000));
        await ReadOnAsync(follower, 1, 50);
    }

    [Test]
    public async Task A_run_that_grows_beyond_the_ring_when_encoded_is_fed_from_the_log()
    {
        await using var harness = await EngineHarness.StartAsync();
        var follower = await harness.ConnectAsync("b");
        await follower.SendAsync(Frames.Subscribe(S, 1));
        var producer = await harness.ConnectAsync("a");
        // Tiny messages: on the wire each is many times what it is in the log.
        await producer.SendWholeAsync([.. Enumerable.Range(1, 30_000).Select(i => Frames.Publish(S, (ulong)i))]);
        await producer.SendWholeAsync([.. Enumerable.Range(30_001, 100).Select(i => Frames.Publish(S, (ulong)i))]);
        await ReadOnAsync(follower, 1, 30_100);
    }

    [Test]
    public async Task Sessions_of_all_sizes_are_followed_through_one_connection()
    {
        await using var harness = await EngineHarness.StartAsync(configure: o => (o.Workers, o.LoadedSessions) = (3, 5));
        var producer = await harness.ConnectAsync("a");
        for (var s = 0; s < 30; s++)
            await producer.SendAsync(Frames.Publishes($"s{s}", 1, s * 10 + 1));
        var follower = await harness.ConnectAsync("b");
        follower.Outbox.Refusals = new Random(1);
        follower.Outbox.MessageMark = 2048;
        await follower.SendAsync([.. Enumerable.Range(0, 30).Select(s => Frames.Subscribe($"s{s}", 1))]);
        for (var s = 0; s < 30; s++)
            await producer.SendAsync(Frames.Publishes($"s{s}", (ulong)s * 10 + 2, 50));
        var next = new Dictionary<string, ulong>();
        while (next.Count < 30 || Enumerable.Range(0, 30).Any(s => next[$"s{s}"] <= (ulong)s * 10 + 51))
        {
            var frame = await follower.ReadAsync();
            if (frame.Subscribed is not null)
                next.Add(frame.Subscribed.SessionId, 1);
            else
                Assert.That(frame.Message.Sequence, Is.EqualTo(next[frame.Message.SessionId]++));
        }
    }

    [Test]
    public async Task A_follower_that_retention_overtakes_is_told_where_it_goes_on([Values] bool all)
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        for (ulong id = 1; id <= 100; id++)
            await producer.SendWholeAsync(Frames.Publish(S, id, new string('p', 100)));
        var follower = await harness.ConnectAsync("b");
        follower.Outbox.MessageMark = 1000; // some messages at a time
        follower.Outbox.IsStalled = true;
        await follower.SendAsync(Frames.Subscribe(S, 1));
        await harness.SettleAsync();
        var addresses = harness.Volatile.AddressesOf(S);
        Assert.That(await harness.Volatile.RetireAsync(all ? harness.Volatile.DurableAddress : addresses[60]), Is.True);
        follower.Outbox.IsStalled = false;

        var subscribed = (await follower.ReadAsync()).Subscribed;
        Assert.That((subscribed.FirstSequence, subscribed.HeadSequence), Is.EqualTo((1ul, 100ul)));
        var next = 1ul;
        var frame = await follower.ReadAsync();
        for (; frame.Message is not null; frame = await follower.ReadAsync())
            Assert.That(frame.Message.Sequence, Is.EqualTo(next++));
        Assert.That(next, Is.LessThan(61));
        Assert.That((frame.Subscribed.FirstSequence, frame.Subscribed.HeadSequence), Is.EqualTo((all ? 101ul : 61, 100ul)));
        await producer.SendWholeAsync(Frames.Publish(S, 101));
        for (next = frame.Subscribed.FirstSequence; next <= 101; next++)
            Assert.That((await follower.ReadAsync()).Message.Sequence, Is.EqualTo(next));
    }

    [Test]
    public async Task Catching_up_reads_little_more_than_what_it_sends()
    {
        const int Runs = 3000;
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        for (ulong id = 1; id <= Runs; id++)
            await producer.SendWholeAsync(Frames.Publish(S, id, new string('p', 100), Durability.Memory));
        await harness.SettleAsync();
        var reads = harness.Volatile.Reads;
        var follower = await harness.ConnectAsync("b");
        follower.Outbox.MessageMark = 1000; // some messages at a time
        await follower.SendAsync(Frames.Subscribe(S, 1));
        await ReadOnAsync(follower, 1, Runs);
        // Each chunk begins with the record at which the one before it ended.
        Assert.That(follower.Outbox.RefusedCount, Is.Zero);
        Assert.That(harness.Volatile.Reads - reads, Is.LessThan(2 * Runs + 150 + Runs / 5));
    }

    private static async Task PublishAsync(TestProducer producer, int count)
    {
        var random = new Random(count);
        for (ulong id = 1; id <= (ulong)count;)
        {
            var some = Math.Min(1 + random.Next(30), count + 1 - (int)id);
            await producer.SendAsync(Frames.Publishes(S, id, some, random.Next(2) == 0 ? Durability.Memory : Durability.Default));
            id += (ulong)some;
        }
    }

    // Reads all from a sequence (0: from the Subscribed's head + 1) to the last one, in order and once each.
    private static async Task ReadOnAsync(TestProducer follower, ulong from, ulong last)
    {
        var subscribed = (await follower.ReadAsync()).Subscribed;
        var next = from == 0 ? subscribed.HeadSequence + 1 : from;
        for (; next <= last; next++)
            Assert.That((await follower.ReadAsync()).Message.Sequence, Is.EqualTo(next));
    }
}
