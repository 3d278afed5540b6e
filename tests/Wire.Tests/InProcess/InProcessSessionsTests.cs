using System.Text;
using Wire.Client;
using Wire.InProcess;
using Wire.Protocol;
using Wire.Tests.Handlers;
using Wire.Tests.Sessions;

namespace Wire.Tests.InProcess;

internal sealed class InProcessSessionsTests
{
    private const string S = "s";

    [Test]
    public async Task What_is_published_in_process_comes_to_those_who_are_connected()
    {
        await using var harness = await EngineHarness.StartAsync();
        var sessions = new InProcessSessions(harness.Engine);
        var agent = await harness.ConnectAsync("agent", Role.Agent);
        await agent.SendAsync(Frames.Subscribe(S, 1));
        var first = await sessions.PublishAsync(S, Utf8("from a webhook"));
        var second = await sessions.PublishAsync(S, Utf8("in a name"), new SessionPublishOptions
        {
            Sender = "visitor-7",
            Role = Role.Visitor,
            Channel = Channel.Email,
            InReplyTo = first.Sequence,
        });
        Assert.That((first.Sequence, first.PublishId, first.Duplicate, first.Durability), Is.EqualTo((1UL, 1UL, false, Durability.Disk)));
        Assert.That(second.Sequence, Is.EqualTo(2));
        var message = await TurnTests.NextMessageAsync(agent, Role.System);
        Assert.That((message.Sender, message.Payload.ToStringUtf8()), Is.EqualTo(("$process", "from a webhook")));
        message = await TurnTests.NextMessageAsync(agent, Role.Visitor);
        Assert.That((message.Sender, message.Channel, message.InReplyTo), Is.EqualTo(("visitor-7", Channel.Email, 1UL)));
    }

    [Test]
    public async Task A_publish_under_an_id_is_stored_once_however_often_it_is_made()
    {
        await using var harness = await EngineHarness.StartAsync();
        var sessions = new InProcessSessions(harness.Engine);
        var options = new SessionPublishOptions { Sender = "hook", PublishId = 17 };
        Assert.That((await sessions.PublishAsync(S, Utf8("x"), options)).Duplicate, Is.False);
        var again = await sessions.PublishAsync(S, Utf8("x"), options);
        Assert.That((again.Duplicate, again.Sequence), Is.EqualTo((true, 1UL)));
        Assert.That((await sessions.FetchAsync(S)).Messages, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_publish_whose_expected_head_does_not_hold_is_refused_with_the_head()
    {
        await using var harness = await EngineHarness.StartAsync();
        var sessions = new InProcessSessions(harness.Engine);
        await sessions.PublishAsync(S, Utf8("first"), new SessionPublishOptions { ExpectedHead = 0 });
        var refused = await Assert.ThrowsAsync<WirePublishException>(
            async () => await sessions.PublishAsync(S, Utf8("second"), new SessionPublishOptions { ExpectedHead = 0 }));
        Assert.That((refused!.Code, refused.HeadSequence), Is.EqualTo((ErrorCode.Conflict, 1UL)));
    }

    [Test]
    public async Task A_publish_ends_when_it_is_durable_and_at_level_memory_before()
    {
        await using var harness = await EngineHarness.StartAsync();
        var sessions = new InProcessSessions(harness.Engine);
        harness.Volatile.IsAutomatic = false;
        var atMemory = sessions.PublishAsync(S, Utf8("a"), new SessionPublishOptions { Durability = Durability.Memory });
        var atDisk = sessions.PublishAsync(S, Utf8("b"));
        await atMemory.AsTask().WaitAsync(TestOutbox.Deadline);
        await harness.SettleAsync();
        Assert.That(atDisk.IsCompleted, Is.False);
        harness.Volatile.Advance();
        Assert.That((await atDisk.AsTask().WaitAsync(TestOutbox.Deadline)).Sequence, Is.EqualTo(2));
    }

    [Test]
    public async Task Any_number_of_readers_follow_a_session_each_from_where_it_wants()
    {
        await using var harness = await EngineHarness.StartAsync();
        var sessions = new InProcessSessions(harness.Engine);
        for (var i = 1; i <= 10; i++)
            await sessions.PublishAsync(S, Utf8($"{i}"));
        var all = ReadAsync(sessions, 1, 20);
        var some = ReadAsync(sessions, 8, 13);
        for (var i = 11; i <= 20; i++)
            await sessions.PublishAsync(S, Utf8($"{i}"));
        Assert.That(await all, Is.EqualTo(Enumerable.Range(1, 20).Select(i => $"{i}")));
        Assert.That(await some, Is.EqualTo(Enumerable.Range(8, 13).Select(i => $"{i}")));
    }

    [Test]
    public async Task A_reader_who_is_slow_loses_nothing_and_keeps_little_in_memory()
    {
        await using var harness = await EngineHarness.StartAsync();
        var sessions = new InProcessSessions(harness.Engine);
        var payload = new byte[10_000];
        await using var slow = sessions.SubscribeAsync(S, 1).GetAsyncEnumerator();
        var publishing = Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++)
                await sessions.PublishAsync(S, payload);
        });
        Assert.That(await slow.MoveNextAsync(), Is.True);
        await publishing;
        for (var i = 2UL; i <= 300; i++)
        {
            Assert.That(await slow.MoveNextAsync(), Is.True);
            Assert.That(slow.Current.Sequence, Is.EqualTo(i));
        }
    }

    [Test]
    public async Task Pages_are_as_over_a_connection()
    {
        await using var harness = await EngineHarness.StartAsync();
        var sessions = new InProcessSessions(harness.Engine);
        var nothing = await sessions.FetchAsync("nobody");
        Assert.That((nothing.FirstSequence, nothing.HeadSequence, nothing.Messages.Count), Is.EqualTo((0UL, 0UL, 0)));
        for (var i = 1; i <= 100; i++)
            await sessions.PublishAsync(S, Utf8($"{i}"));
        var newest = await sessions.FetchAsync(S, limit: 3, backward: true);
        Assert.That(newest.Messages.Select(m => m.Sequence), Is.EqualTo(new ulong[] { 98, 99, 100 }));
        var oldest = await sessions.FetchAsync(S);
        Assert.That(oldest.Messages, Has.Count.EqualTo(50));
    }

    [Test]
    public async Task Damaged_data_is_named()
    {
        var log = new Log.VolatileLog();
        Log.VolatileLog after;
        await using (var harness = await EngineHarness.StartAsync(log))
        {
            await new InProcessSessions(harness.Engine).PublishAsync(S, Utf8("x"));
            after = log.Crash();
        }
        after.Damage(after.TakeUnanswered().Single());
        await using (var harness = await EngineHarness.StartAsync(after))
        {
            harness.ExpectsDamage = true;
            var sessions = new InProcessSessions(harness.Engine);
            Assert.That((await Assert.ThrowsAsync<WirePublishException>(async () => await sessions.PublishAsync(S, Utf8("y"))))!.Code,
                Is.EqualTo(ErrorCode.DataLoss));
            Assert.That((await Assert.ThrowsAsync<WireRequestException>(async () => await sessions.FetchAsync(S)))!.Code,
                Is.EqualTo(ErrorCode.DataLoss));
            Assert.That((await Assert.ThrowsAsync<WireRequestException>(async () => await ReadAsync(sessions, 1, 1)))!.Code,
                Is.EqualTo(ErrorCode.DataLoss));
        }
    }

    [Test]
    public async Task What_is_out_of_range_is_refused_before_it_is_published()
    {
        await using var harness = await EngineHarness.StartAsync();
        var sessions = new InProcessSessions(harness.Engine);
        await Assert.ThrowsAsync<ArgumentException>(async () => await sessions.PublishAsync("", Utf8("x")));
        await Assert.ThrowsAsync<ArgumentException>(async () => await sessions.PublishAsync("a\u0001", Utf8("x")));
        await Assert.ThrowsAsync<ArgumentException>(async () => await sessions.PublishAsync(S, Utf8("x"), new() { Sender = "$handler" }));
        await Assert.ThrowsAsync<ArgumentException>(async () => await sessions.PublishAsync(S, Utf8("x"), new() { PublishId = 0 }));
        await Assert.ThrowsAsync<ArgumentException>(async () => await sessions.PublishAsync(S, Utf8("x"), new() { Role = (Role)9 }));
        await Assert.ThrowsAsync<ArgumentException>(async () => await sessions.PublishAsync(S, Utf8("x"), new() { Durability = (Durability)9 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await sessions.PublishAsync(S, new byte[2 << 20]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await sessions.FetchAsync(S, limit: 1001));
        Assert.That((await sessions.FetchAsync(S)).HeadSequence, Is.Zero);
    }

    [Test]
    public async Task Readers_end_with_the_server_and_calls_after_it_say_so()
    {
        InProcessSessions sessions;
        Task<List<string>> reading;
        await using (var harness = await EngineHarness.StartAsync())
        {
            sessions = new InProcessSessions(harness.Engine);
            reading = ReadAsync(sessions, 1, 2);
            await sessions.PublishAsync(S, Utf8("x"));
        }
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await reading.WaitAsync(TestOutbox.Deadline));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await sessions.PublishAsync(S, Utf8("y")));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await sessions.FetchAsync(S));
    }

    [Test]
    public async Task A_reader_that_has_just_registered_does_not_stand_in_the_way_of_the_stop()
    {
        var outbox = new InProcessOutbox(S, 1 << 20);
        await using (var harness = await EngineHarness.StartAsync())
            await harness.Engine.ConnectAsync("$process-1", Role.System, outbox, CancellationToken.None);
        Assert.That(outbox.IsClosed, Is.True);
    }

    [Test]
    public async Task A_reader_that_is_cancelled_leaves_nothing_behind()
    {
        await using var harness = await EngineHarness.StartAsync(configure: o => o.LoadedSessions = 1);
        var sessions = new InProcessSessions(harness.Engine);
        for (var i = 0; i < 20; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var reading = ReadAsync(sessions, 1, 1, $"s{i}", cancellation.Token);
            await harness.SettleAsync();
            await cancellation.CancelAsync();
            Assert.That(async () => await reading, Throws.InstanceOf<OperationCanceledException>());
        }
        await harness.EmptyAsync();
    }

    private static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<List<string>> ReadAsync(
        IWireSessions sessions, ulong from, int count, string session = S, CancellationToken cancellationToken = default)
    {
        var texts = new List<string>();
        await foreach (var message in sessions.SubscribeAsync(session, from, cancellationToken))
        {
            texts.Add(Encoding.UTF8.GetString(message.Payload.Span));
            if (texts.Count == count)
                break;
        }
        return texts;
    }
}
