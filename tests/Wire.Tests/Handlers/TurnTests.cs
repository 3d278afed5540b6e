using System.Text;
using Wire.Client;
using Wire.Diagnostics;
using Wire.Handlers;
using Wire.Protocol;
using Wire.Tests.Sessions;

namespace Wire.Tests.Handlers;

internal sealed class TurnTests
{
    private const string S = "s";

    [Test]
    public async Task A_visitors_message_is_answered_once_in_its_session()
    {
        await using var harness = await EngineHarness.StartAsync(handler: TestHandler.Replying());
        var visitor = await AskAsync(harness, "hello");
        var reply = await NextMessageAsync(visitor, Role.Bot);
        Assert.That(reply.Payload.ToStringUtf8(), Is.EqualTo("re: hello"));
        Assert.That((reply.Sequence, reply.InReplyTo, reply.PublishId, reply.Finish, reply.Sender), Is.EqualTo((2UL, 1UL, 1UL, Finish.Complete, "$handler")));
        await harness.SettleAsync();
        Assert.That(visitor.Outbox.ReadAll(), Is.Empty);
    }

    [Test]
    public async Task What_comes_during_a_turn_is_answered_by_the_next_one()
    {
        var goesOn = System.Threading.Channels.Channel.CreateUnbounded<bool>();
        var handler = new TestHandler(async (context, _) =>
        {
            await goesOn.Reader.ReadAsync();
            await context.ReplyAsync($"{context.Messages.Count}");
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var visitor = await AskAsync(harness, "a");
        await UntilAsync(() => handler.Turns.Count == 1);
        await visitor.PublishAsync(S, 2, "b");
        await visitor.PublishAsync(S, 3, "c");
        Assert.That((await NextMessageAsync(visitor, Role.Visitor)).Sequence, Is.EqualTo(1));
        Assert.That((await NextMessageAsync(visitor, Role.Visitor)).Sequence, Is.EqualTo(2));
        Assert.That((await NextMessageAsync(visitor, Role.Visitor)).Sequence, Is.EqualTo(3));
        goesOn.Writer.TryWrite(true);
        goesOn.Writer.TryWrite(true);
        var first = await NextMessageAsync(visitor, Role.Bot);
        var second = await NextMessageAsync(visitor, Role.Bot);
        Assert.That((first.Payload.ToStringUtf8(), first.InReplyTo, first.PublishId), Is.EqualTo(("1", 1UL, 1UL)));
        Assert.That((second.Payload.ToStringUtf8(), second.InReplyTo, second.PublishId), Is.EqualTo(("2", 3UL, 3UL)));
        Assert.That(handler.MostAtOnce, Is.EqualTo(1));
    }

    [Test]
    public async Task A_reply_and_a_state_are_one_append_and_the_next_turn_sees_the_state()
    {
        var states = System.Threading.Channels.Channel.CreateUnbounded<string>();
        var handler = new TestHandler(async (context, _) =>
        {
            states.Writer.TryWrite(Encoding.UTF8.GetString(context.State.Span));
            context.SetState(Encoding.UTF8.GetBytes($$"""{"type":"state","node":"{{context.Messages.Count}}"}"""));
            await context.ReplyAsync("yes");
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var visitor = await AskAsync(harness, "hello");
        var reply = await NextMessageAsync(visitor, Role.Bot);
        var state = await NextMessageAsync(visitor, Role.Bot);
        Assert.That((reply.Sequence, reply.PublishId, state.Sequence, state.PublishId, state.Kind, state.InReplyTo),
            Is.EqualTo((2UL, 1UL, 3UL, 1UL, PayloadKind.Event, 1UL)));
        await visitor.PublishAsync(S, 2, "more");
        Assert.That(await states.Reader.ReadAsync(), Is.Empty);
        Assert.That(await states.Reader.ReadAsync(), Is.EqualTo("""{"type":"state","node":"1"}"""));
    }

    [Test]
    public async Task The_history_is_what_was_said_before_the_newest_of_it_and_no_more_than_fits()
    {
        var histories = System.Threading.Channels.Channel.CreateUnbounded<IReadOnlyList<ReceivedMessage>>();
        var handler = new TestHandler(async (context, _) =>
        {
            histories.Writer.TryWrite(await context.ReadHistoryAsync(3));
            histories.Writer.TryWrite(await context.ReadHistoryAsync(1000));
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var agent = await harness.ConnectAsync("agent", Role.Agent);
        for (var i = 1UL; i <= 7; i++)
            await agent.PublishAsync(S, i, new string('x', 900_000));
        await agent.SendAsync(Event(S, 8, """{"type":"giveback"}"""));
        await AskAsync(harness, "hello");
        var newest = await histories.Reader.ReadAsync();
        var all = await histories.Reader.ReadAsync();
        Assert.That(newest.Select(m => m.Sequence), Is.EqualTo(new ulong[] { 7, 8, 9 }));
        Assert.That(all.Select(m => m.Sequence), Is.EqualTo(new ulong[] { 4, 5, 6, 7, 8, 9 }), "4 MiB of it");
        Assert.That((all[^1].Role, all[0].Sender, all[0].Payload.Length), Is.EqualTo((Role.Visitor, "agent", 900_000)));
    }

    [Test]
    public async Task A_handler_that_says_nothing_leaves_a_silent_event_and_is_not_asked_again()
    {
        var handler = new TestHandler((_, _) => Task.CompletedTask);
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var visitor = await AskAsync(harness, "hello");
        var silent = await NextMessageAsync(visitor, Role.Bot);
        Assert.That((silent.Kind, silent.Payload.ToStringUtf8()), Is.EqualTo((PayloadKind.Event, """{"type":"silent"}""")));
        await harness.SettleAsync();
        Assert.That(handler.Turns, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_handler_that_throws_leaves_an_event_that_says_so_and_the_session_goes_on()
    {
        var handler = new TestHandler(async (context, _) =>
        {
            if (TestHandler.Texts(context.Messages).Contains("bad"))
                throw new InvalidDataException("cannot");
            await context.ReplyAsync("fine");
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        harness.ExpectedErrors.Add(EventIds.HandlerFailed);
        var visitor = await AskAsync(harness, "bad");
        Assert.That((await NextMessageAsync(visitor, Role.Bot)).Payload.ToStringUtf8(), Is.EqualTo("""{"type":"silent","reason":"failed"}"""));
        await visitor.PublishAsync(S, 2, "good");
        Assert.That((await NextMessageAsync(visitor, Role.Bot)).Payload.ToStringUtf8(), Is.EqualTo("fine"));
        Assert.That(harness.Faults.Entries.Single().Text, Does.Contain("cannot"));
    }

    [Test]
    public async Task A_second_reply_is_refused_and_the_first_one_stands()
    {
        Exception? refused = null;
        var handler = new TestHandler(async (context, _) =>
        {
            await context.ReplyAsync("one");
            refused = await Assert.ThrowsAsync<InvalidOperationException>(async () => await context.ReplyAsync("two"));
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var visitor = await AskAsync(harness, "hello");
        Assert.That((await NextMessageAsync(visitor, Role.Bot)).Payload.ToStringUtf8(), Is.EqualTo("one"));
        Assert.That(refused!.Message, Does.Contain("one reply"));
    }

    [Test]
    public async Task A_context_cannot_be_used_after_its_turn()
    {
        MessageContext? kept = null;
        var handler = new TestHandler((context, _) =>
        {
            kept = context;
            return Task.CompletedTask;
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var visitor = await AskAsync(harness, "hello");
        await NextMessageAsync(visitor, Role.Bot);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await kept!.ReplyAsync("late"));
        Assert.Throws<InvalidOperationException>(() => kept!.SetState("""{"type":"state"}"""u8.ToArray()));
    }

    [Test]
    public async Task A_turn_whose_time_is_up_is_ended_and_cancelled()
    {
        var cancelled = new TaskCompletionSource();
        var handler = new TestHandler(async (context, token) =>
        {
            await context.StreamReplyAsync(Pieces(token));
            async IAsyncEnumerable<string> Pieces([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
            {
                yield return "half";
                using var _ = cancellation.Register(cancelled.SetResult);
                await Task.Delay(Timeout.Infinite, cancellation);
            }
        });
        await using var harness = await EngineHarness.StartAsync(
            handler: handler, handlerOptions: new HandlerOptions { TurnTimeout = TimeSpan.FromMilliseconds(50) });
        var visitor = await AskAsync(harness, "hello");
        var reply = await NextMessageAsync(visitor, Role.Bot);
        Assert.That((reply.Payload.ToStringUtf8(), reply.Finish), Is.EqualTo(("half", Finish.Failed)));
        await cancelled.Task.WaitAsync(TestOutbox.Deadline);
    }

    [Test]
    public async Task A_handler_that_ignores_its_cancellation_is_left_behind_and_the_session_goes_on()
    {
        var never = new TaskCompletionSource();
        var handler = new TestHandler(async (context, _) =>
        {
            if (TestHandler.Texts(context.Messages).Contains("stuck"))
                await never.Task;
            await context.ReplyAsync("fine");
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler, handlerOptions: new HandlerOptions
        {
            TurnTimeout = TimeSpan.FromMilliseconds(50),
            CancellationGrace = TimeSpan.FromMilliseconds(50),
        });
        harness.ExpectedErrors.Add(EventIds.HandlerStuck);
        harness.ExpectedErrors.Add(EventIds.HandlerFailed);
        var visitor = await AskAsync(harness, "stuck");
        Assert.That((await NextMessageAsync(visitor, Role.Bot)).Kind, Is.EqualTo(PayloadKind.Event));
        await visitor.PublishAsync(S, 2, "next");
        Assert.That((await NextMessageAsync(visitor, Role.Bot)).Payload.ToStringUtf8(), Is.EqualTo("fine"));
        Assert.That(harness.Faults.Entries.Select(e => e.Id.Id), Has.Member(EventIds.HandlerStuck));
        never.SetResult();
    }

    [Test]
    public async Task A_human_who_has_the_session_is_not_interrupted_and_gives_it_back()
    {
        var handler = TestHandler.Replying();
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var visitor = await harness.ConnectAsync("v");
        var agent = await harness.ConnectAsync("agent", Role.Agent);
        await agent.SendAsync(Event(S, 1, """{"type":"handover"}"""));
        await agent.ReadAsync();
        await visitor.SendAsync(Frames.Subscribe(S, 1));
        await visitor.PublishAsync(S, 1, "for the human");
        await NextMessageAsync(visitor, Role.Visitor);
        await agent.SendAsync(Event(S, 2, """{"type":"giveback"}"""));
        await agent.ReadAsync();
        await visitor.PublishAsync(S, 2, "for the bot");
        Assert.That((await NextMessageAsync(visitor, Role.Bot)).Payload.ToStringUtf8(), Is.EqualTo("re: for the bot"));
        Assert.That(handler.Turns, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_reply_that_a_human_has_overtaken_is_dropped_and_the_message_counts_as_dealt_with()
    {
        var goesOn = new TaskCompletionSource();
        var handler = new TestHandler(async (context, _) =>
        {
            await goesOn.Task;
            await context.ReplyAsync("too late");
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var visitor = await harness.ConnectAsync("v");
        var agent = await harness.ConnectAsync("agent", Role.Agent);
        await visitor.SendAsync(Frames.Subscribe(S, 1));
        await visitor.PublishAsync(S, 1, "hello");
        await UntilAsync(() => handler.Turns.Count == 1);
        await agent.PublishAsync(S, 1, "I take it");
        await agent.ReadAsync();
        goesOn.SetResult();
        var silent = await NextMessageAsync(visitor, Role.Bot);
        Assert.That((silent.Kind, silent.Payload.ToStringUtf8(), silent.InReplyTo), Is.EqualTo((PayloadKind.Event, """{"type":"silent","reason":"handover"}""", 1UL)));
    }

    [Test]
    public async Task A_reply_is_dropped_too_where_the_human_has_given_the_session_back_meanwhile()
    {
        var goesOn = new TaskCompletionSource();
        var handler = new TestHandler(async (context, _) =>
        {
            await goesOn.Task;
            await context.ReplyAsync("too late");
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var visitor = await harness.ConnectAsync("v");
        var agent = await harness.ConnectAsync("agent", Role.Agent);
        await visitor.SendAsync(Frames.Subscribe(S, 1));
        await visitor.PublishAsync(S, 1, "hello");
        await UntilAsync(() => handler.Turns.Count == 1);
        await agent.PublishAsync(S, 1, "done already");
        await agent.ReadAsync();
        await agent.SendAsync(Event(S, 2, """{"type":"giveback"}"""));
        await agent.ReadAsync();
        goesOn.SetResult();
        Assert.That((await NextMessageAsync(visitor, Role.Bot)).Payload.ToStringUtf8(), Is.EqualTo("""{"type":"silent","reason":"handover"}"""));
    }

    [Test]
    public async Task Only_a_handler_sets_the_state()
    {
        var states = System.Threading.Channels.Channel.CreateUnbounded<string>();
        var handler = new TestHandler((context, _) =>
        {
            states.Writer.TryWrite(Encoding.UTF8.GetString(context.State.Span));
            return Task.CompletedTask;
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        await new Wire.InProcess.InProcessSessions(harness.Engine).PublishAsync(
            S, """{"type":"state"}"""u8.ToArray(), new() { Kind = PayloadKind.Event });
        var visitor = await harness.ConnectAsync("v");
        await visitor.PublishAsync(S, 1, "hello");
        Assert.That(await states.Reader.ReadAsync(), Is.Empty);
    }

    [Test]
    public async Task Events_of_a_visitor_and_messages_of_others_are_not_answered()
    {
        var handler = TestHandler.Replying();
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var visitor = await harness.ConnectAsync("v");
        var system = await harness.ConnectAsync("other", Role.System);
        await visitor.SendAsync(Event(S, 1, """{"type":"page"}"""));
        await visitor.ReadAsync();
        await system.PublishAsync(S, 1, "note");
        await system.ReadAsync();
        await visitor.PublishAsync(S, 2, "hello");
        await UntilAsync(() => handler.Turns.Count == 1);
        Assert.That(handler.Turns.Single().Texts, Is.EqualTo(new[] { "hello" }));
    }

    [Test]
    public async Task No_more_turns_run_at_once_than_may_and_all_get_theirs()
    {
        var handler = new TestHandler(async (context, _) =>
        {
            await Task.Yield();
            await context.ReplyAsync("ok");
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler, handlerOptions: new HandlerOptions { MaxTurns = 2, MaxWaiting = 3 });
        var visitor = await harness.ConnectAsync("v");
        for (var i = 0; i < 50; i++)
        {
            await visitor.SendAsync(Frames.Subscribe($"s{i}", 1));
            await visitor.PublishAsync($"s{i}", 1, "hello");
        }
        var answered = new HashSet<string>();
        while (answered.Count < 50)
            answered.Add((await NextMessageAsync(visitor, Role.Bot)).SessionId);
        Assert.That(handler.MostAtOnce, Is.LessThanOrEqualTo(2));
    }

    [Test]
    public async Task Visitors_are_held_back_while_too_many_sessions_wait_and_agents_are_not()
    {
        var goesOn = new TaskCompletionSource();
        var handler = new TestHandler(async (context, _) =>
        {
            await goesOn.Task;
            await context.ReplyAsync("ok");
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler, handlerOptions: new HandlerOptions { MaxTurns = 1, MaxWaiting = 1 });
        var visitor = await harness.ConnectAsync("v");
        var agent = await harness.ConnectAsync("agent", Role.Agent);
        await visitor.PublishAsync("a", 1);
        await UntilAsync(() => handler.Turns.Count == 1);
        await visitor.PublishAsync("b", 1);
        await harness.SettleAsync();
        var held = visitor.PublishAsync("c", 1);
        await agent.PublishAsync("d", 1).WaitAsync(TestOutbox.Deadline);
        Assert.That(held.IsCompleted, Is.False);
        goesOn.SetResult();
        await held.WaitAsync(TestOutbox.Deadline);
    }

    /// <summary>A visitor who follows the session and says something in it.</summary>
    internal static async Task<TestProducer> AskAsync(EngineHarness harness, string text)
    {
        var visitor = await harness.ConnectAsync("v");
        await visitor.SendAsync(Frames.Subscribe(S, 1));
        await visitor.PublishAsync(S, 1, text);
        return visitor;
    }

    internal static Frame Event(string session, ulong id, string json)
    {
        var frame = Frames.Publish(session, id, json);
        frame.Publish.Kind = PayloadKind.Event;
        return frame;
    }

    internal static async Task<Message> NextMessageAsync(TestProducer producer, Role role)
    {
        while (true)
        {
            var frame = await producer.ReadAsync();
            if (frame.Message is { } message && message.Role == role)
                return message;
        }
    }

    internal static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TestOutbox.Deadline);
        while (!condition())
            await Task.Delay(1, deadline.Token);
    }
}
