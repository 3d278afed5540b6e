using System.Buffers;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Tests.Framing;
using Wire.Tests.Log;

namespace Wire.Tests.Sessions;

internal sealed class AcknowledgementTests
{
    private const string S = "session";

    [Test]
    public async Task One_ack_covers_the_publishes_of_a_read()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.SendAsync(Frames.Publishes(S, 1, 1));
        Assert.That(await producer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 1, 1, 1, Durability.Disk)));
        await harness.SettleAsync();

        harness.Volatile.IsAutomatic = false; // so that one range cannot be released before all of it came
        await producer.SendAsync(Frames.Publishes(S, 2, 500));
        harness.Volatile.Advance();
        var covered = 0u;
        while (covered < 500)
        {
            var ack = (await producer.ReadAsync()).Ack;
            covered += ack.Count;
            Assert.That(ack, Is.EqualTo(Frames.Ack(S, 1 + covered, 1 + covered, ack.Count, Durability.Disk).Ack));
        }
        Assert.That(covered, Is.EqualTo(500));
    }

    [Test]
    public async Task A_range_ends_where_the_level_changes()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(
            Frames.Publish(S, 1), Frames.Publish(S, 2, "", Durability.Disk), Frames.Publish(S, 5, "", Durability.Memory),
            Frames.Publish(S, 6, "", Durability.Memory), Frames.Publish(S, 7));
        harness.Volatile.Advance();
        Assert.That(await producer.Outbox.ReadAsync(3), Is.EqualTo(new[]
        {
            Frames.Ack(S, 2, 2, 2, Durability.Disk), Frames.Ack(S, 6, 4, 2, Durability.Memory), Frames.Ack(S, 7, 5, 1, Durability.Disk),
        }));
    }

    [Test]
    public async Task A_range_ends_where_another_producer_stored_between()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var a = await harness.ConnectAsync("a");
        var b = await harness.ConnectAsync("b");
        await a.SendWholeAsync(Frames.Publishes(S, 1, 2));
        await b.SendWholeAsync(Frames.Publishes(S, 1, 1));
        await a.SendWholeAsync(Frames.Publishes(S, 3, 2));
        harness.Volatile.Advance();
        Assert.That(await a.Outbox.ReadAsync(2), Is.EqualTo(new[] { Frames.Ack(S, 2, 2, 2, Durability.Disk), Frames.Ack(S, 4, 5, 2, Durability.Disk) }));
        Assert.That(await b.ReadAsync(), Is.EqualTo(Frames.Ack(S, 1, 3, 1, Durability.Disk)));
    }

    [Test]
    public async Task A_DISK_ack_leaves_only_once_its_record_is_on_stable_storage()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publish(S, 1));
        await producer.SendWholeAsync(Frames.Publish("other", 1));
        await harness.SettleAsync();
        Assert.That(producer.Outbox.ReadAll(), Is.Empty);

        harness.Volatile.Advance(harness.Volatile.Volatiles[0]);
        Assert.That(await producer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 1, 1, 1, Durability.Disk)));
        await harness.SettleAsync();
        Assert.That(producer.Outbox.ReadAll(), Is.Empty);
        harness.Volatile.Advance();
        Assert.That(await producer.ReadAsync(), Is.EqualTo(Frames.Ack("other", 1, 1, 1, Durability.Disk)));
    }

    [Test]
    public async Task A_MEMORY_ack_leaves_with_the_append()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var other = await harness.ConnectAsync("b");
        await other.SendWholeAsync(Frames.Publish(S, 1));
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publish(S, 1, "", Durability.Memory));
        Assert.That(await producer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 1, 2, 1, Durability.Memory)));
        Assert.That(harness.Volatile.Volatiles, Has.Length.EqualTo(2));
    }

    [Test]
    public async Task A_MEMORY_ack_waits_for_the_answers_before_it_and_for_no_more()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publish(S, 1));
        await producer.SendWholeAsync(Frames.Publish(S, 2, "", Durability.Memory));
        await producer.SendWholeAsync(Frames.Publish(S, 1, "", Durability.Memory)); // a duplicate
        await producer.SendWholeAsync(Frames.Publish(S, 0));
        await producer.SendWholeAsync(Frames.Publish(S, 3, "", Durability.Memory));
        await producer.SendWholeAsync(Frames.Publish(S, 4));
        await harness.SettleAsync();
        Assert.That(producer.Outbox.ReadAll(), Is.Empty);

        harness.Volatile.Advance(harness.Volatile.Volatiles[0]);
        var frames = await producer.Outbox.ReadAsync(5);
        Assert.That(frames[0], Is.EqualTo(Frames.Ack(S, 1, 1, 1, Durability.Disk)));
        Assert.That(frames[1], Is.EqualTo(Frames.Ack(S, 2, 2, 1, Durability.Memory)));
        Assert.That(frames[2], Is.EqualTo(Frames.Ack(S, 1, 2, 1, Durability.Memory, duplicate: true)));
        Assert.That(frames[3].Error.Code, Is.EqualTo(ErrorCode.InvalidArgument));
        Assert.That(frames[4], Is.EqualTo(Frames.Ack(S, 3, 3, 1, Durability.Memory)));
        await harness.SettleAsync();
        Assert.That(producer.Outbox.ReadAll(), Is.Empty);
        harness.Volatile.Advance();
        Assert.That(await producer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 4, 4, 1, Durability.Disk)));

        // With nothing before it any more, it leaves at once again.
        await producer.SendWholeAsync(Frames.Publish(S, 5, "", Durability.Memory));
        Assert.That(await producer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 5, 5, 1, Durability.Memory)));
    }

    [Test]
    public async Task DEFAULT_is_resolved_as_the_server_is_set()
    {
        await using var harness = await EngineHarness.StartAsync(configure: o => o.DefaultDurability = Durability.Memory);
        harness.Volatile.IsAutomatic = false;
        var producer = await harness.ConnectAsync("a");
        await producer.PublishAsync(S, 1);
        Assert.That(await producer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 1, 1, 1, Durability.Memory)));
        Assert.That(harness.Volatile.MessagesOf(S)[0].Durability, Is.EqualTo((int)Durability.Memory));
    }

    [Test]
    public async Task In_memory_DEFAULT_is_MEMORY_and_DISK_is_refused()
    {
        await using var harness = await EngineHarness.StartAsync(new InMemoryMessageLog());
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publish(S, 1), Frames.Publish(S, 2, "", Durability.Disk), Frames.Publish(S, 3));
        var frames = await producer.Outbox.ReadAsync(3);
        Assert.That(frames[0], Is.EqualTo(Frames.Ack(S, 1, 1, 1, Durability.Memory)));
        Assert.That(frames[1].Error, Is.EqualTo(new Error
        {
            Code = ErrorCode.InvalidArgument,
            SessionId = S,
            PublishId = 2,
            Detail = frames[1].Error.Detail,
        }));
        Assert.That(frames[1].Error.Detail, Does.StartWith("durability"));
        Assert.That(frames[2], Is.EqualTo(Frames.Ack(S, 3, 2, 1, Durability.Memory)));
    }

    [Test]
    public async Task Each_session_is_acknowledged_in_order_over_several_workers()
    {
        await using var harness = await EngineHarness.StartAsync(configure: o => o.Workers = 3);
        var producer = await harness.ConnectAsync("a");
        var frames = Enumerable.Range(0, 50).SelectMany(i => Enumerable.Range(0, 20).Select(s => Frames.Publish($"s{s}", 1 + (ulong)i))).ToArray();
        await producer.SendAsync(frames);
        var counts = new Dictionary<string, uint>();
        while (counts.Count < 20 || counts.Values.Any(c => c < 50))
        {
            var ack = (await producer.ReadAsync()).Ack;
            counts[ack.SessionId] = counts.GetValueOrDefault(ack.SessionId) + ack.Count;
            Assert.That((ack.PublishId, ack.Sequence), Is.EqualTo(((ulong)counts[ack.SessionId], (ulong)counts[ack.SessionId])));
        }
    }

    [Test]
    public async Task A_connection_with_too_many_answers_behind_the_gate_is_read_no_further()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var outbox = new TestOutbox();
        var connection = await harness.Engine.ConnectAsync("a", Role.Visitor, outbox, CancellationToken.None);
        using var intake = new ConnectionIntake(harness.Engine, connection);
        await TakeAsync(Frames.Publish(S, 1));
        await TakeAsync([.. Enumerable.Repeat(Frames.Publish(S, 0), SessionWorker.MaxPendingAnswers - 1)]);
        var held = TakeAsync(Frames.Publish(S, 0)).AsTask();
        await harness.SettleAsync();
        Assert.That(held.IsCompleted, Is.False);
        Assert.That(outbox.ReadAll(), Is.Empty);
        var other = await harness.ConnectAsync("b");
        await other.PublishAsync(S, 1, "", Durability.Memory);
        Assert.That(await other.ReadAsync(), Is.EqualTo(Frames.Ack(S, 1, 2, 1, Durability.Memory)), "others go on");

        harness.Volatile.Advance();
        await held.WaitAsync(TestOutbox.Deadline);
        Assert.That(await outbox.ReadAsync(), Is.EqualTo(Frames.Ack(S, 1, 1, 1, Durability.Disk)));
        foreach (var frame in await outbox.ReadAsync(SessionWorker.MaxPendingAnswers))
            Assert.That(frame.Error.Code, Is.EqualTo(ErrorCode.InvalidArgument));

        ValueTask TakeAsync(params Frame[] frames)
        {
            var bytes = frames.SelectMany(Streams.Delimited).ToArray();
            Assert.That(intake.Take(new ReadOnlySequence<byte>(bytes), out _), Is.EqualTo(IntakeStatus.Drained));
            return intake.DispatchAsync();
        }
    }

    [Test]
    public async Task Who_leaves_gets_all_its_answers_first()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var producer = await harness.ConnectAsync("a");
        await producer.SendAsync([.. Frames.Publishes(S, 1, 100), Frames.Publish(S, 1), Frames.Fetch(S, 7), Frames.Subscribe(S)]);
        var left = producer.LeaveAsync();
        await harness.SettleAsync();
        Assert.That(left.IsCompleted, Is.False);
        harness.Volatile.Advance();
        await left.WaitAsync(TestOutbox.Deadline);
        var frames = producer.Outbox.ReadAll();
        Assert.That(frames.Where(f => f.Ack is { Duplicate: false }).Sum(f => f.Ack.Count), Is.EqualTo(100));
        Assert.That(frames.Count(f => f.Ack is { Duplicate: true }), Is.EqualTo(1));
        Assert.That(frames.Count(f => f.Page is { RequestId: 7 }), Is.EqualTo(1));
        Assert.That(frames.Count(f => f.Subscribed is not null), Is.EqualTo(1));
    }
}
