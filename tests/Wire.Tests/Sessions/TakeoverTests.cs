using System.Buffers;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Tests.Framing;
using Wire.Tests.Log;

namespace Wire.Tests.Sessions;

internal sealed class TakeoverTests
{
    private const string S = "session";

    [Test]
    public async Task The_older_connection_is_marked_and_told_before_the_newer_one_is_there()
    {
        await using var harness = await EngineHarness.StartAsync();
        var older = await harness.ConnectAsync("a");
        var connecting = harness.ConnectAsync("a");
        await connecting;
        Assert.That(older.Connection.IsMarked, Is.True);
        Assert.That(older.Outbox.ClosedWith, Has.Property("Code").EqualTo(ErrorCode.TakenOver).And.Property("Fatal").True);
        await older.Loop.WaitAsync(TestOutbox.Deadline);
    }

    [Test]
    public async Task Nothing_of_the_older_one_is_appended_once_the_newer_one_is_there()
    {
        await using var harness = await EngineHarness.StartAsync(configure: o => o.Workers = 2);
        var sessions = Enumerable.Range(0, 8).Select(i => $"s{i}").ToArray();
        ulong id = 1;
        var producer = await harness.ConnectAsync("a");
        for (var round = 0; round < 200; round++)
        {
            for (var i = 0; i < 5; i++, id += 10)
                _ = producer.SendAsync([.. sessions.SelectMany(s => Frames.Publishes(s, id, 10))]);
            producer = await harness.ConnectAsync("a");
            // As far as the older one came in each session, the newer one goes on from there; nothing comes between.
            var before = sessions.Select(s => harness.Volatile.MessagesOf(s).Count).ToArray();
            await harness.SettleAsync();
            Assert.That(sessions.Select(s => harness.Volatile.MessagesOf(s).Count), Is.EqualTo(before));
        }
    }

    [Test]
    public async Task The_newer_one_waits_for_an_append_of_the_older_one_that_is_under_way()
    {
        await using var harness = await EngineHarness.StartAsync();
        using var entered = new ManualResetEventSlim();
        using var goesOn = new ManualResetEventSlim();
        harness.Volatile.OnAppend = () =>
        {
            entered.Set();
            Assert.That(goesOn.Wait(TestOutbox.Deadline), Is.True);
        };
        var older = await harness.ConnectAsync("a");
        var sent = older.SendWholeAsync([.. Frames.Publishes(S, 1, 3), .. Frames.Publishes("other", 1, 3)]);
        Assert.That(entered.Wait(TestOutbox.Deadline), Is.True);
        var connecting = harness.ConnectAsync("a");
        Assert.That(older.Connection.IsMarked, Is.True);
        Assert.That(connecting.IsCompleted, Is.False);
        harness.Volatile.OnAppend = null;
        goesOn.Set();
        var newer = await connecting;
        Assert.That(harness.Volatile.MessagesOf(S), Has.Count.EqualTo(3));
        await sent;
        Assert.That(harness.Volatile.MessagesOf("other"), Is.Empty);
        await newer.PublishAsync(S, 3);
        Assert.That(await newer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 3, 3, 1, Durability.Disk, duplicate: true)));
    }

    [Test]
    public async Task A_batch_that_waits_for_a_busy_log_is_not_appended_after_a_takeover()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsBusy = true;
        var older = await harness.ConnectAsync("a");
        var sent = older.SendWholeAsync([.. Frames.Publishes(S, 1, 3), .. Frames.Publishes("other", 1, 3)]);
        await harness.SettleAsync();
        Assert.That(sent.IsCompleted, Is.False);

        var newer = await harness.ConnectAsync("a");
        harness.Volatile.IsBusy = false;
        await sent.WaitAsync(TestOutbox.Deadline);
        await newer.PublishAsync(S, 2);
        Assert.That(await newer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 2, 1, 1, Durability.Disk)));
        Assert.That(harness.Volatile.MessagesOf("other"), Is.Empty);
    }

    [Test]
    public async Task What_waits_for_a_session_to_be_loaded_is_not_appended_after_a_takeover()
    {
        await using var harness = await EngineHarness.StartAsync(await StoredAsync(S));
        harness.Volatile.HoldsReads = true;
        var older = await harness.ConnectAsync("a");
        var sent = older.SendWholeAsync(Frames.Publishes(S, 10, 3));
        await harness.SettleAsync();
        Assert.That(sent.IsCompleted, Is.False);

        var newer = await harness.ConnectAsync("a");
        harness.Volatile.HoldsReads = false;
        await sent.WaitAsync(TestOutbox.Deadline);
        await newer.PublishAsync(S, 11);
        Assert.That(await newer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 11, 2, 1, Durability.Disk)));
    }

    [Test]
    public async Task An_answer_that_waits_for_the_gate_goes_to_nobody_else()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var older = await harness.ConnectAsync("a");
        await older.PublishAsync(S, 1);
        var newer = await harness.ConnectAsync("a");
        harness.Volatile.Advance();
        await harness.SettleAsync();
        Assert.That(newer.Outbox.ReadAll(), Is.Empty);
        Assert.That(older.Outbox.ReadAll().Select(f => f.Error?.Code), Is.EqualTo(new ErrorCode?[] { ErrorCode.TakenOver }));
    }

    [Test]
    public async Task A_takeover_that_is_given_up_leaves_nobody_registered()
    {
        await using var harness = await EngineHarness.StartAsync();
        using var entered = new ManualResetEventSlim();
        using var goesOn = new ManualResetEventSlim();
        harness.Volatile.OnAppend = () =>
        {
            entered.Set();
            goesOn.Wait(TestOutbox.Deadline);
        };
        var first = await harness.ConnectAsync("a");
        var sent = first.PublishAsync(S, 1);
        Assert.That(entered.Wait(TestOutbox.Deadline), Is.True);
        var outbox = new TestOutbox();
        using var cancellation = new CancellationTokenSource();
        var connecting = harness.Engine.ConnectAsync("a", Role.Visitor, outbox, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        Assert.That(async () => await connecting, Throws.InstanceOf<OperationCanceledException>());
        harness.Volatile.OnAppend = null;
        goesOn.Set();
        await sent;
        await harness.ConnectAsync("a");
        Assert.That(outbox.ClosedWith, Is.Null, "whoever comes next does not meet it");
    }

    [Test]
    public async Task A_read_loop_that_waits_for_pages_goes_on_to_its_end_when_its_connection_is_taken_over()
    {
        await using var harness = await EngineHarness.StartAsync(await StoredAsync(S));
        var outbox = new TestOutbox { MessageMark = 1, IsStalled = true };
        var older = await harness.Engine.ConnectAsync("a", Role.Visitor, outbox, CancellationToken.None);
        outbox.Connection = older;
        using var intake = new ConnectionIntake(harness.Engine, older);
        var input = new ReadOnlySequence<byte>([.. Streams.Delimited(Frames.Ping(1)), .. Enumerable.Range(0, 5).SelectMany(i => Streams.Delimited(Frames.Fetch(S, (uint)i)))]);
        Assert.That(intake.Take(input, out var consumed), Is.EqualTo(IntakeStatus.Waiting));
        await intake.DispatchAsync();
        Assert.That(input.Slice(consumed).Length, Is.EqualTo(Streams.Delimited(Frames.Fetch(S, 4)).Length), "the fifth stays unread");
        var waiting = intake.WaitForRoomAsync(CancellationToken.None).AsTask();
        Assert.That(waiting.IsCompleted, Is.False);
        await harness.ConnectAsync("a");
        await waiting.WaitAsync(TestOutbox.Deadline);
    }

    // A log that holds one message of that session, from another producer, in a process that is gone.
    private static async Task<VolatileLog> StoredAsync(string session)
    {
        var log = new VolatileLog();
        await using (var harness = await EngineHarness.StartAsync(log))
            await (await harness.ConnectAsync("before")).PublishAsync(session, 1);
        return log.Crash();
    }
}
