using Wire.Log;
using Wire.Protocol;
using Wire.Tests.Log;

namespace Wire.Tests.Sessions;

internal sealed class EvictionTests
{
    private const string S = "session";

    // Hashes of sessions, so many that none collide.
    private const int Many = 1_000_003;

    [TestCase(false)]
    [TestCase(true)]
    public async Task Heads_duplicates_and_chains_survive_leaving_memory(bool inMemory)
    {
        IMessageLog log = inMemory ? new InMemoryMessageLog() : new VolatileLog();
        var random = new Random(5);
        await using var harness = await EngineHarness.StartAsync(log, o => (o.LoadedSessions, o.Workers) = (3, 2));
        var producers = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => harness.ConnectAsync($"a{i}")));
        var next = new ulong[3, 12];
        var heads = new ulong[12];
        for (var i = 0; i < 3000; i++)
        {
            var (p, s) = (random.Next(3), random.Next(12));
            if (random.Next(4) == 0 && next[p, s] > 0)
            {
                await producers[p].PublishAsync($"s{s}", next[p, s]);
                Assert.That((await producers[p].ReadAsync()).Ack.Duplicate, Is.True);
            }
            else
            {
                await producers[p].PublishAsync($"s{s}", ++next[p, s]);
                Assert.That((await producers[p].ReadAsync()).Ack, Has.Property("Sequence").EqualTo(++heads[s]).And.Property("Duplicate").False);
            }
        }
        await harness.SettleAsync();
        Assert.That(harness.LoadedSessions, Is.LessThanOrEqualTo(3));
        for (var s = 0; s < 12; s++)
        {
            await producers[0].SendAsync(Frames.Fetch($"s{s}", 1, limit: 1000));
            var page = (await producers[0].ReadAsync()).Page;
            Assert.That(page.Messages.Select(m => m.Sequence), Is.EqualTo(Enumerable.Range(1, (int)heads[s]).Select(x => (ulong)x)));
        }
    }

    [Test]
    public async Task A_crowd_of_sessions_that_are_named_once_does_not_stay()
    {
        await using var harness = await EngineHarness.StartAsync(new VolatileLog(Many), configure: o => o.LoadedSessions = 10);
        var producer = await harness.ConnectAsync("a");
        await producer.SendAsync([.. Enumerable.Range(0, 5000).SelectMany(i => new[] { Frames.Fetch($"nothing {i}", (uint)i), Frames.Publish($"s{i}", 1) })]);
        await producer.LeaveAsync();
        await harness.SettleAsync();
        Assert.That(harness.LoadedSessions, Is.LessThan(500), "it goes as fast as it comes");
        await harness.EmptyAsync();
    }

    [Test]
    public async Task Sessions_that_are_followed_keep_no_others_in_memory()
    {
        await using var harness = await EngineHarness.StartAsync(configure: o => o.LoadedSessions = 10);
        var follower = await harness.ConnectAsync("b");
        await follower.SendAsync([.. Enumerable.Range(0, 40).Select(i => Frames.Subscribe($"followed {i}"))]);
        await follower.Outbox.ReadAsync(40);
        var producer = await harness.ConnectAsync("a");
        for (var i = 0; i < 300; i++)
        {
            await producer.PublishAsync($"s{i}", 1);
            await producer.ReadAsync();
        }
        Assert.That(harness.LoadedSessions, Is.LessThan(100));
        await follower.DropAsync();
        await harness.SettleAsync();
        Assert.That(harness.LoadedSessions, Is.LessThanOrEqualTo(10 + 16));
        await harness.EmptyAsync();
    }

    [Test]
    public async Task A_session_in_use_stays_while_others_come_and_go()
    {
        await using var harness = await EngineHarness.StartAsync(new VolatileLog(Many), configure: o => o.LoadedSessions = 10);
        var busy = await harness.ConnectAsync("b");
        var others = await harness.ConnectAsync("a");
        for (ulong i = 1; i <= 10; i++)
            await others.PublishAsync($"s{i}", 1);
        await busy.PublishAsync(S, 1);
        var reads = harness.Volatile.Reads;
        for (ulong i = 2; i < 500; i++)
        {
            await busy.PublishAsync(S, i);
            await others.PublishAsync($"t{i}", 1);
        }
        Assert.That(harness.Volatile.Reads, Is.EqualTo(reads), "it was never read back");
    }

    [Test]
    public async Task A_session_gets_a_checkpoint_every_256_runs_and_loading_reads_no_further_back()
    {
        var log = new VolatileLog();
        await using (var harness = await EngineHarness.StartAsync(log))
        {
            var producer = await harness.ConnectAsync("a");
            for (ulong id = 1; id <= 1000; id++)
                await producer.SendWholeAsync(Frames.Publish(S, id));
        }
        Assert.That(log.AddressesOf(S), Has.Count.EqualTo(1000 + 3));
        log = log.Crash();
        await using (var harness = await EngineHarness.StartAsync(log))
        {
            var producer = await harness.ConnectAsync("a");
            await producer.PublishAsync(S, 1000);
            Assert.That(await producer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 1000, 1000, 1, Durability.Disk, duplicate: true)));
            Assert.That(log.Reads, Is.LessThan(2 * 256 + 5));
            await producer.PublishAsync(S, 1001);
            Assert.That((await producer.ReadAsync()).Ack.Sequence, Is.EqualTo(1001));
        }
    }

    [Test]
    public async Task A_session_that_changed_much_gets_a_checkpoint_before_it_leaves()
    {
        await using var harness = await EngineHarness.StartAsync(configure: o => o.LoadedSessions = 1);
        var producer = await harness.ConnectAsync("a");
        for (ulong id = 1; id <= 100; id++)
            await producer.SendWholeAsync(Frames.Publish(S, id));
        for (ulong id = 1; id <= 20; id++)
            await producer.SendWholeAsync(Frames.Publish($"other {id}", 1));
        await harness.SettleAsync();
        var reads = harness.Volatile.Reads;
        await producer.SendWholeAsync(Frames.Publish(S, 101));
        await producer.LeaveAsync();
        Assert.That(producer.Outbox.ReadAll()[^1].Ack.Sequence, Is.EqualTo(101));
        Assert.That(harness.Volatile.Reads - reads, Is.InRange(1, 2 * 33));
    }

    [Test]
    public async Task No_session_leaves_before_the_log_can_find_it_again()
    {
        await using var harness = await EngineHarness.StartAsync(configure: o => o.LoadedSessions = 5);
        harness.Volatile.HoldsIndex = true;
        var producer = await harness.ConnectAsync("a");
        for (var i = 0; i < 200; i++)
            await producer.SendWholeAsync(Frames.Publish($"s{i}", 1));
        await harness.SettleAsync();
        Assert.That(harness.LoadedSessions, Is.EqualTo(200));

        harness.Volatile.HoldsIndex = false;
        await harness.SettleAsync();
        Assert.That(harness.LoadedSessions, Is.LessThanOrEqualTo(5), "what came and could not go is paid for");
        for (var i = 0; i < 200; i++)
            await producer.SendWholeAsync(Frames.Publish($"s{i}", 2));
        await producer.LeaveAsync();
        Assert.That(producer.Outbox.ReadAll().TakeLast(200).Select(f => f.Ack.Sequence), Is.All.EqualTo(2));
    }

    [Test]
    public async Task A_session_does_not_leave_before_its_checkpoint_is_on_stable_storage()
    {
        await using var harness = await EngineHarness.StartAsync(configure: o => o.LoadedSessions = 1);
        var producer = await harness.ConnectAsync("a");
        for (ulong id = 1; id < 256; id++)
            await producer.SendWholeAsync(Frames.Publish(S, id));
        harness.Volatile.IsAutomatic = false;
        await producer.SendWholeAsync(Frames.Publish(S, 256));
        var volatiles = harness.Volatile.Volatiles;
        Assert.That(volatiles, Has.Length.EqualTo(2), "the run and the checkpoint");
        harness.Volatile.Advance(volatiles[0]);
        await producer.SendWholeAsync([.. Enumerable.Range(0, 20).Select(i => Frames.Publish($"other {i}", 1, "", Durability.Memory))]);
        await harness.SettleAsync();
        await producer.SendWholeAsync(Frames.Publish(S, 257, "", Durability.Memory));
        await harness.SettleAsync();
        Assert.That(harness.Volatile.MessagesOf(S), Has.Count.EqualTo(257));
        harness.Volatile.Advance();
    }

    [Test]
    public async Task Publishes_that_wait_for_a_session_keep_their_order_and_the_others_go_on()
    {
        var log = new VolatileLog(Many);
        await using (var before = await EngineHarness.StartAsync(log))
            await (await before.ConnectAsync("before")).PublishAsync(S, 1);
        await using var harness = await EngineHarness.StartAsync(log.Crash());
        harness.Volatile.HoldsReads = true;
        var a = await harness.ConnectAsync("a");
        var b = await harness.ConnectAsync("b");
        var sent = new[]
        {
            a.SendWholeAsync(Frames.Publish(S, 1), Frames.Publish("other", 1), Frames.Publish(S, 2), Frames.Publish(S, 0), Frames.Subscribe(S), Frames.Publish(S, 3)),
            a.SendWholeAsync(Frames.Publish(S, 4)),
        };
        Assert.That((await a.ReadAsync()).Ack.SessionId, Is.EqualTo("other"));
        var later = b.SendWholeAsync(Frames.Publish(S, 1), Frames.Publish("third", 1));
        Assert.That((await b.ReadAsync()).Ack.SessionId, Is.EqualTo("third"));
        Assert.That(sent[0].IsCompleted || later.IsCompleted, Is.False, "their bytes are still needed");

        harness.Volatile.HoldsReads = false;
        await Task.WhenAll([.. sent, later]).WaitAsync(TestOutbox.Deadline);
        await a.LeaveAsync();
        var answers = a.Outbox.ReadAll().Where(f => f.Message is null).ToArray();
        Assert.That(answers.Where(f => f.Ack is not null).Sum(f => f.Ack.Count), Is.EqualTo(4));
        Assert.That(answers.Count(f => f.Error is not null), Is.EqualTo(1));
        var messages = harness.Volatile.MessagesOf(S);
        Assert.That(messages.Where(m => m.Sender == "a").Select(m => m.PublishId), Is.EqualTo(new ulong[] { 1, 2, 3, 4 }));
        Assert.That(messages.Select(m => m.Sequence), Is.EqualTo(new ulong[] { 1, 2, 3, 4, 5, 6 }));
        // A pipelined producer's publishes are one run again: six messages, and not as many records.
        Assert.That(harness.Volatile.AddressesOf(S), Has.Count.LessThan(6));
    }

    /// <summary>The new one has nothing; what the log has at its hash is the other's, and leaves while it is looked at.</summary>
    [Test]
    public async Task A_session_is_not_lost_with_a_record_of_another_one_of_its_hash()
    {
        await using var harness = await EngineHarness.StartAsync(new VolatileLog(hashes: 1));
        var producer = await harness.ConnectAsync("a");
        await producer.PublishAsync("other", 1);
        await harness.SettleAsync();
        harness.Volatile.HoldsReads = true;
        var reads = harness.Volatile.Reads;
        var publishing = producer.SendWholeAsync(Frames.Publish("new", 1));
        SpinWait.SpinUntil(() => harness.Volatile.Reads > reads, TestOutbox.Deadline);
        Assert.That(await harness.Volatile.RetireAsync(harness.Volatile.DurableAddress), Is.True);
        harness.Volatile.HoldsReads = false;
        await publishing.WaitAsync(TestOutbox.Deadline);
        await producer.LeaveAsync();
        Assert.That(producer.Outbox.ReadAll().Last().Ack.Sequence, Is.EqualTo(1));
    }

    [Test]
    public async Task A_load_that_meets_a_busy_log_goes_on_when_it_can()
    {
        var log = new VolatileLog(Many);
        await using (var before = await EngineHarness.StartAsync(log))
            await (await before.ConnectAsync("before")).PublishAsync(S, 1);
        await using var harness = await EngineHarness.StartAsync(log.Crash());
        harness.Volatile.IsBusy = true;
        var a = await harness.ConnectAsync("a");
        var b = await harness.ConnectAsync("b");
        var blocked = b.SendWholeAsync(Frames.Publishes("other", 1, 3)); // holds the worker up with its run
        await harness.SettleAsync();
        var parked = a.SendWholeAsync(Frames.Publish(S, 1), Frames.Publish("other", 1), Frames.Publish(S, 2));
        await harness.SettleAsync();
        harness.Volatile.IsBusy = false;
        await Task.WhenAll(blocked, parked).WaitAsync(TestOutbox.Deadline);
        await a.LeaveAsync();
        Assert.That(a.Outbox.ReadAll().Sum(f => f.Ack.Count), Is.EqualTo(3));
        Assert.That(harness.Volatile.MessagesOf(S).Select(m => m.PublishId), Is.EqualTo(new ulong[] { 1, 1, 2 }));
    }

    [Test]
    public async Task A_session_whose_older_runs_are_retired_goes_on()
    {
        var log = new VolatileLog();
        await using (var harness = await EngineHarness.StartAsync(log))
        {
            var producer = await harness.ConnectAsync("a");
            for (ulong id = 1; id <= 40; id++)
                await producer.SendWholeAsync(Frames.Publish(S, id));
            Assert.That(await log.RetireAsync(log.AddressesOf(S)[20]), Is.True);
        }
        log = log.Crash();
        await using (var harness = await EngineHarness.StartAsync(log, o => o.LoadedSessions = 1))
        {
            var producer = await harness.ConnectAsync("a");
            for (ulong id = 40; id <= 60; id++)
                await producer.SendWholeAsync(Frames.Publish(S, id));
            await producer.SendAsync(Frames.Fetch(S, 1, limit: 1000));
            Frame frame;
            do
                frame = await producer.ReadAsync();
            while (frame.Page is null);
            Assert.That((frame.Page.FirstSequence, frame.Page.HeadSequence), Is.EqualTo((21ul, 60ul)));
            Assert.That(frame.Page.Messages.Select(m => m.Sequence), Is.EqualTo(Enumerable.Range(21, 40).Select(i => (ulong)i)));
        }
    }

    [Test]
    public async Task What_a_session_needs_and_was_retired_all_the_same_is_damage()
    {
        var log = new VolatileLog();
        await using (var harness = await EngineHarness.StartAsync(log))
        {
            var producer = await harness.ConnectAsync("a");
            for (ulong id = 1; id <= 10; id++)
                await producer.SendWholeAsync(Frames.Publish(S, id));
        }
        log = log.Crash();
        log.Retire(log.AddressesOf(S)[5]);
        await using (var harness = await EngineHarness.StartAsync(log))
        {
            harness.ExpectsDamage = true;
            var producer = await harness.ConnectAsync("a");
            await producer.PublishAsync(S, 11);
            Assert.That((await producer.ReadAsync()).Error.Code, Is.EqualTo(ErrorCode.DataLoss));
        }
    }

    [Test]
    public async Task Duplicates_heads_and_first_sequences_survive_retention_and_leaving_memory([Values] bool inMemory)
    {
        var log = new VolatileLog(Many);
        var harness = await EngineHarness.StartAsync(log, o => o.LoadedSessions = inMemory ? 100 : 1);
        var producer = await harness.ConnectAsync("a");
        for (ulong id = 1; id <= 20; id++)
        {
            for (var s = 0; s < 5; s++)
                await producer.SendWholeAsync(Frames.Publish($"s{s}", id));
        }
        producer.Outbox.ReadAll();
        await harness.SettleAsync();
        var begin = log.AddressesOf("s0")[10];
        Assert.That(await log.RetireAsync(begin), Is.True);
        await CheckAsync(producer, first: 11);
        // All of it goes, and what is left is what is remembered.
        Assert.That(await log.RetireAsync(log.DurableAddress), Is.True);
        await CheckAsync(producer, first: 21);
        await harness.DisposeAsync();
        log = log.Crash();
        await using var again = await EngineHarness.StartAsync(log, o => o.LoadedSessions = 1);
        producer = await again.ConnectAsync("a");
        for (var s = 0; s < 5; s++)
        {
            await producer.SendAsync(Frames.Publish($"s{s}", 20));
            Assert.That((await producer.ReadAsync()).Ack, Has.Property("Duplicate").True.And.Property("Sequence").EqualTo(20));
            await producer.SendAsync(Frames.Publish($"s{s}", 21));
            Assert.That((await producer.ReadAsync()).Ack.Sequence, Is.EqualTo(21));
            await producer.SendAsync(Frames.Fetch($"s{s}", 1));
            var page = (await producer.ReadAsync()).Page;
            Assert.That((page.FirstSequence, page.HeadSequence, page.Messages.Count), Is.EqualTo((21ul, 21ul, 1)));
        }

        static async Task CheckAsync(TestProducer producer, ulong first)
        {
            for (var s = 0; s < 5; s++)
            {
                await producer.SendAsync(Frames.Publish($"s{s}", 7));
                Assert.That((await producer.ReadAsync()).Ack, Has.Property("Duplicate").True.And.Property("Sequence").EqualTo(20));
                foreach (var backward in new[] { false, true })
                {
                    await producer.SendAsync(Frames.Fetch($"s{s}", 1, limit: 1000, backward: backward));
                    var page = (await producer.ReadAsync()).Page;
                    Assert.That((page.FirstSequence, page.HeadSequence, (ulong)page.Messages.Count), Is.EqualTo((first, 20ul, 21 - first)));
                }
            }
        }
    }
}
