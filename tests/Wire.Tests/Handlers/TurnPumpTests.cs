using System.Collections.Concurrent;
using Wire.Handlers;
using Wire.InProcess;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Tests.Log;
using Wire.Tests.Sessions;

namespace Wire.Tests.Handlers;

internal sealed class TurnPumpTests
{
    private const string S = "s";

    [Test]
    public async Task A_turns_time_counts_from_when_its_handler_is_given_it()
    {
        var time = new SteppedTime();
        await using var harness = await EngineHarness.StartAsync(time: time, handler: TestHandler.Replying());
        var visitor = await harness.ConnectAsync("v");
        await visitor.SendAsync(Frames.Subscribe(S, 1));
        harness.Volatile.HoldsReads = true;
        await visitor.PublishAsync(S, 1, "one");
        await visitor.PublishAsync(S, 2, "two");
        await harness.SettleAsync();
        time.Advance(TimeSpan.FromHours(1));
        harness.Volatile.HoldsReads = false;
        var reply = await TurnTests.NextMessageAsync(visitor, Role.Bot);
        Assert.That((reply.Payload.ToStringUtf8(), reply.InReplyTo, reply.PublishId), Is.EqualTo(("re: one", 1UL, 1UL)));
    }

    [Test]
    public async Task A_turn_that_is_kept_keeps_none_that_ran_beside_it()
    {
        MessageContext? kept = null;
        var tokens = new ConcurrentQueue<WeakReference>();
        var firstGoesOn = new TaskCompletionSource();
        var secondGoesOn = new TaskCompletionSource();
        var handler = new TestHandler(async (context, token) =>
        {
            if (context.SessionId == "first")
            {
                kept = context;
                await firstGoesOn.Task;
            }
            else
            {
                await NoteAsync(context, token);
            }
        });
        await using var harness = await EngineHarness.StartAsync(handler: handler);
        var visitor = await harness.ConnectAsync("v");
        foreach (var session in (string[])["first", "second"])
        {
            await visitor.SendAsync(Frames.Subscribe(session, 1));
            await visitor.PublishAsync(session, 1, "hello");
        }
        await TurnTests.UntilAsync(() => handler.Turns.Count == 2);
        firstGoesOn.SetResult();
        Assert.That((await TurnTests.NextMessageAsync(visitor, Role.Bot)).SessionId, Is.EqualTo("first"));
        await harness.SettleAsync();
        secondGoesOn.SetResult();
        Assert.That((await TurnTests.NextMessageAsync(visitor, Role.Bot)).SessionId, Is.EqualTo("second"));
        await visitor.PublishAsync("second", 2, "more");
        await TurnTests.NextMessageAsync(visitor, Role.Bot);
        await TurnTests.UntilAsync(() =>
        {
            GC.Collect();
            return !tokens.First().IsAlive;
        });
        GC.KeepAlive(kept);

        // What is registered lives as long as the turn does.
        async Task NoteAsync(MessageContext context, CancellationToken token)
        {
            Register(token);
            await secondGoesOn.Task;
            await context.ReplyAsync("fine");
        }

        void Register(CancellationToken token)
        {
            var marker = new object();
            tokens.Enqueue(new WeakReference(marker));
            token.Register(static _ => { }, marker);
        }
    }

    [Test]
    public async Task A_stop_waits_for_no_reply_that_the_log_could_not_take()
    {
        var time = new SteppedTime(); // so nothing is tried again, and no grace ever ends
        var goesOn = new TaskCompletionSource();
        var handler = new TestHandler(async (context, _) =>
        {
            await goesOn.Task;
            await context.ReplyAsync("refused");
        });
        await using var harness = await EngineHarness.StartAsync(time: time, handler: handler);
        var visitor = await harness.ConnectAsync("v");
        await visitor.PublishAsync(S, 1, "hello");
        await TurnTests.UntilAsync(() => handler.Turns.Count == 1);
        var refused = new TaskCompletionSource();
        harness.Volatile.RefuseNext(1);
        harness.Volatile.OnAppend = () => refused.TrySetResult();
        goesOn.SetResult();
        await refused.Task.WaitAsync(TestOutbox.Deadline);
        await harness.SettleAsync();
    }

    [Test]
    public async Task A_stop_ends_the_taking_up_of_what_was_left_unanswered()
    {
        var log = new VolatileLog();
        var held = new TestHandler((_, token) => Task.Delay(Timeout.Infinite, token));
        await using (var harness = await EngineHarness.StartAsync(log, handler: held))
        {
            var visitor = await harness.ConnectAsync("v");
            for (var i = 0; i < 3; i++)
                await visitor.PublishAsync($"s{i}", 1, "hello");
            await TurnTests.UntilAsync(() => held.Turns.Count == 3);
        }
        var time = new SteppedTime();
        var endless = new EndlesslyUnanswered(log.Crash());
        await using (await EngineHarness.StartAsync(endless, time: time, handler: held, handlerOptions: new() { MaxTurns = 1, MaxWaiting = 1 }))
            await TurnTests.UntilAsync(() => time.ArmedTimers == 2); // the watch, and the pause until fewer wait
        Assert.That(time.ArmedTimers, Is.Zero);
    }

    [Test]
    public void A_handler_does_not_share_the_name_of_what_is_published_in_process()
    {
        var engine = new WireEngine(new VolatileLog(), new WireEngineOptions { Workers = 1 }, new ManualTime(), new FaultLogger());
        Assert.That(() => engine.UseHandler(TestHandler.Replying(), new() { ClientId = SessionPublishOptions.DefaultSender }),
            Throws.ArgumentException.With.Message.Contains(nameof(HandlerOptions.ClientId)));
    }

    [Test]
    public async Task A_turn_that_a_stop_ends_before_its_handler_is_given_it_is_left_to_the_next_start()
    {
        var time = new SteppedTime();
        var handler = TestHandler.Replying();
        // With a hash for each session, so that a new one needs no look at another's record.
        await using var harness = await EngineHarness.StartAsync(new VolatileLog(hashes: 1_000_003), time: time, handler: handler);
        var visitor = await harness.ConnectAsync("v");
        harness.Volatile.HoldsReads = true;
        await visitor.PublishAsync(S, 1, "hello");
        await harness.SettleAsync();
        var stopped = harness.Engine.Turns!.StopAsync(CancellationToken.None);
        await TurnTests.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return stopped.IsCompleted;
        });
        harness.Volatile.HoldsReads = false;
        await harness.SettleAsync();
        await TurnTests.UntilAsync(() => harness.Volatile.Reads > 0);
        await harness.SettleAsync();
        Assert.That(handler.Turns, Is.Empty);
    }

    [Test]
    public async Task What_is_read_in_process_during_the_start_begins_no_turn_for_what_came_before_the_handler()
    {
        var log = new VolatileLog();
        await using (var harness = await EngineHarness.StartAsync(log))
            await new InProcessSessions(harness.Engine).PublishAsync(S, "before"u8.ToArray(), new() { Role = Role.Visitor });
        var after = log.Crash();
        after.IsAutomatic = false;
        var handler = TestHandler.Replying();
        var engine = new WireEngine(after, new WireEngineOptions { Workers = 1 }, new ManualTime(), new FaultLogger());
        engine.UseHandler(handler, new HandlerOptions());
        var starting = engine.StartAsync(CancellationToken.None);
        await TurnTests.UntilAsync(() => engine.IsRunning);
        var sessions = new InProcessSessions(engine);
        Assert.That((await sessions.FetchAsync(S)).HeadSequence, Is.EqualTo(1));
        Assert.That(starting.IsCompleted, Is.False);
        after.IsAutomatic = true;
        after.Advance();
        await starting.WaitAsync(TestOutbox.Deadline);
        await sessions.PublishAsync(S, "after"u8.ToArray(), new() { Role = Role.Visitor });
        await TurnTests.UntilAsync(() => !handler.Turns.IsEmpty);
        Assert.That(handler.Turns.First().Texts, Is.EqualTo(new[] { "after" }));
        await engine.StopAsync(CancellationToken.None).WaitAsync(TestOutbox.Deadline);
    }

    /// <summary>A log that names its unanswered runs again and again.</summary>
    private sealed class EndlesslyUnanswered(VolatileLog log) : IMessageLog, IReadOnlyCollection<long>
    {
        private readonly long[] _unanswered = [.. ((IMessageLog)log).TakeUnanswered()];

        public int Count => _unanswered.Length;
        public bool CanPromiseDisk => log.CanPromiseDisk;
        public int MaxRecordBytes => log.MaxRecordBytes;
        public long LastMessageId => log.LastMessageId;
        public long DurableAddress => log.DurableAddress;
        public long BeginAddress => log.BeginAddress;
        public LogHealth Health => log.Health;

        public IReadOnlyCollection<long> TakeUnanswered() => this;

        public ValueTask OpenAsync(Action onProgress, CancellationToken cancellationToken) => log.OpenAsync(onProgress, cancellationToken);

        public AppendStatus Append(Span<byte> record, out long address, out long end) => log.Append(record, out address, out end);

        public void Flush() => log.Flush();

        public ILogReader OpenReader() => log.OpenReader();

        public bool TryFind(ReadOnlySpan<byte> sessionId, int attempt, out long address) => log.TryFind(sessionId, attempt, out address);

        public long IndexedAddress => log.IndexedAddress;

        public ValueTask DisposeAsync() => log.DisposeAsync();

        public IEnumerator<long> GetEnumerator()
        {
            for (var i = 0; ; i++)
            {
                Thread.Sleep(1); // else the worker would do nothing but look
                yield return _unanswered[i % _unanswered.Length];
            }
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
