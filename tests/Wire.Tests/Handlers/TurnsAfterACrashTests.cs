using Wire.Handlers;
using Wire.Log;
using Wire.Protocol;
using Wire.Tests.Log;
using Wire.Tests.Sessions;

namespace Wire.Tests.Handlers;

internal sealed class TurnsAfterACrashTests
{
    [Test]
    public async Task What_was_unanswered_at_a_crash_is_answered_after_it_and_nothing_twice()
    {
        var isHeld = true;
        var begun = 0;
        TestHandler Handler() => new(async (context, token) =>
        {
            Interlocked.Increment(ref begun);
            if (isHeld && context.SessionId.StartsWith("held", StringComparison.Ordinal))
                await Task.Delay(Timeout.Infinite, token);
            await context.ReplyAsync("ok");
        });
        var log = new VolatileLog();
        VolatileLog after;
        await using (var harness = await EngineHarness.StartAsync(log, handler: Handler()))
        {
            var visitor = await harness.ConnectAsync("v");
            foreach (var session in (string[])["held-1", "answered", "held-2"])
            {
                await visitor.SendAsync(Frames.Subscribe(session, 1));
                await visitor.PublishAsync(session, 1, "hello");
            }
            await TurnTests.NextMessageAsync(visitor, Role.Bot);
            await TurnTests.UntilAsync(() => Volatile.Read(ref begun) == 3);
            after = log.Crash();
        }

        isHeld = false;
        var second = Handler();
        await using (var harness = await EngineHarness.StartAsync(after, handler: second))
        {
            var visitor = await harness.ConnectAsync("v");
            var replies = new List<string>();
            foreach (var session in (string[])["held-1", "answered", "held-2"])
                await visitor.SendAsync(Frames.Subscribe(session, 1));
            while (replies.Count < 3)
                replies.Add((await TurnTests.NextMessageAsync(visitor, Role.Bot)).SessionId);
            Assert.That(replies, Is.EquivalentTo(new[] { "held-1", "answered", "held-2" }));
            Assert.That(second.Turns.Select(t => t.Session), Is.EquivalentTo(new[] { "held-1", "held-2" }));
            await harness.SettleAsync();
            Assert.That(visitor.Outbox.ReadAll().Where(f => f.Message is not null), Is.Empty);
        }
    }

    [Test]
    public async Task A_reply_that_was_not_durable_is_made_again()
    {
        var log = new VolatileLog();
        var first = TestHandler.Replying();
        VolatileLog after;
        await using (var harness = await EngineHarness.StartAsync(log, handler: first))
        {
            var visitor = await harness.ConnectAsync("v");
            await visitor.PublishAsync("s", 1, "hello");
            await visitor.ReadAsync();
            await TurnTests.UntilAsync(() => first.Turns.Count == 1);
            log.IsAutomatic = false;
            await visitor.PublishAsync("t", 1, "not durable");
            after = log.Crash();
        }
        after.IsAutomatic = true;
        var second = TestHandler.Replying();
        await using (var harness = await EngineHarness.StartAsync(after, handler: second))
        {
            var visitor = await harness.ConnectAsync("v");
            await visitor.SendAsync(Frames.Subscribe("s", 1));
            var reply = await TurnTests.NextMessageAsync(visitor, Role.Bot);
            Assert.That((reply.Sequence, reply.InReplyTo), Is.EqualTo((2UL, 1UL)));
        }
    }

    [Test]
    public async Task What_was_said_before_a_handler_was_first_enabled_is_not_answered()
    {
        var log = new VolatileLog();
        VolatileLog after;
        await using (var harness = await EngineHarness.StartAsync(log))
        {
            var visitor = await harness.ConnectAsync("v");
            await visitor.PublishAsync("old", 1, "before");
            await visitor.ReadAsync();
            after = log.Crash();
        }
        var handler = TestHandler.Replying();
        await using (var harness = await EngineHarness.StartAsync(after, handler: handler))
        {
            var visitor = await harness.ConnectAsync("v");
            await visitor.SendAsync(Frames.Subscribe("old", 1));
            await visitor.PublishAsync("old", 2, "after");
            var reply = await TurnTests.NextMessageAsync(visitor, Role.Bot);
            Assert.That((reply.Payload.ToStringUtf8(), reply.InReplyTo), Is.EqualTo(("re: after", 2UL)));
            after = after.Crash();
        }
        // It was enabled then, and is no more than that at the next start.
        var again = TestHandler.Replying();
        await using (var harness = await EngineHarness.StartAsync(after, handler: again))
        {
            await harness.SettleAsync();
            var visitor = await harness.ConnectAsync("v");
            await visitor.PublishAsync("new", 1, "more");
            await TurnTests.UntilAsync(() => !again.Turns.IsEmpty);
            Assert.That(again.Turns.Select(t => t.Session), Is.EqualTo(new[] { "new" }));
        }
    }

    [Test]
    public async Task A_log_that_is_full_for_a_while_gets_the_reply_later()
    {
        var goesOn = new TaskCompletionSource();
        var handler = new TestHandler(async (context, _) =>
        {
            await goesOn.Task;
            await context.ReplyAsync("at last");
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var visitor = await harness.ConnectAsync("v");
        await visitor.SendAsync(Frames.Subscribe("s", 1));
        await visitor.PublishAsync("s", 1, "hello");
        await TurnTests.UntilAsync(() => handler.Turns.Count == 1);
        harness.Volatile.RefuseNext(1);
        goesOn.SetResult();
        Assert.That((await TurnTests.NextMessageAsync(visitor, Role.Bot)).Payload.ToStringUtf8(), Is.EqualTo("at last"));
        Assert.That(handler.Turns, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_session_that_cannot_be_read_costs_nobody_else_their_answers()
    {
        var log = new VolatileLog(hashes: 1000);
        VolatileLog after;
        await using (var harness = await EngineHarness.StartAsync(log))
        {
            var visitor = await harness.ConnectAsync("v");
            await visitor.PublishAsync("damaged", 1, "old");
            await visitor.ReadAsync();
            after = log.Crash();
        }
        after.Damage(after.AddressesOf("damaged")[0]);
        await using (var harness = await EngineHarness.StartAsync(after, handler: TestHandler.Replying()))
        {
            harness.ExpectsDamage = true;
            var visitor = await harness.ConnectAsync("v");
            await visitor.SendAsync(Frames.Subscribe("whole", 1));
            await visitor.PublishAsync("damaged", 2, "new");
            Assert.That((await NextErrorAsync(visitor)).Code, Is.EqualTo(ErrorCode.DataLoss));
            await visitor.PublishAsync("whole", 1, "hello");
            Assert.That((await TurnTests.NextMessageAsync(visitor, Role.Bot)).Payload.ToStringUtf8(), Is.EqualTo("re: hello"));
        }

        static async Task<Error> NextErrorAsync(TestProducer producer)
        {
            while (true)
            {
                if ((await producer.ReadAsync()).Error is { } error)
                    return error;
            }
        }
    }

    [Test]
    public async Task A_stop_of_the_engine_leaves_what_runs_to_the_next_start()
    {
        var log = new VolatileLog();
        var held = new TestHandler((_, token) => Task.Delay(Timeout.Infinite, token));
        await using (var harness = await EngineHarness.StartAsync(log, handler: held))
        {
            var visitor = await harness.ConnectAsync("v");
            await visitor.PublishAsync("s", 1, "hello");
            await TurnTests.UntilAsync(() => held.Turns.Count == 1);
        }
        var second = TestHandler.Replying();
        await using (var harness = await EngineHarness.StartAsync(log.Crash(), handler: second))
        {
            await TurnTests.UntilAsync(() => second.Turns.Count == 1);
            Assert.That(second.Turns.Single().Texts, Is.EqualTo(new[] { "hello" }));
        }
    }
}
