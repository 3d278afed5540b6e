using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Wire.Handlers;
using Wire.Protocol;
using Wire.Tests.Sessions;

namespace Wire.Tests.Handlers;

internal sealed class ReplyInTheMakingTests
{
    private const string S = "s";

    [Test]
    public async Task Pieces_come_to_followers_in_order_and_end_with_the_stored_message()
    {
        var stream = new Stream();
        await using var harness = await EngineHarness.StartAsync(handler: stream.Handler);
        var visitor = await TurnTests.AskAsync(harness, "hello");
        var view = new View();
        foreach (var piece in new[] { "Once ", "upon ", "a time" })
        {
            stream.Add(piece);
            await view.UntilAsync(visitor, text => text.EndsWith(piece, StringComparison.Ordinal));
        }
        stream.End();
        var message = await view.UntilDoneAsync(visitor);
        Assert.That((view.Text, view.Finish, view.Sequence, view.InReplyTo), Is.EqualTo(("Once upon a time", Finish.Complete, 2UL, 1UL)));
        Assert.That((view.Snapshots, view.FirstIndex), Is.EqualTo((0, 0U)));
        message ??= await TurnTests.NextMessageAsync(visitor, Role.Bot);
        Assert.That((message.Payload.ToStringUtf8(), message.Sequence), Is.EqualTo(("Once upon a time", 2UL)));
    }

    [Test]
    public async Task Who_comes_in_the_middle_gets_a_snapshot_and_then_what_follows()
    {
        var stream = new Stream();
        await using var harness = await EngineHarness.StartAsync(handler: stream.Handler);
        var visitor = await TurnTests.AskAsync(harness, "hello");
        var first = new View();
        stream.Add("half ");
        await first.UntilAsync(visitor, text => text == "half ");

        var late = await harness.ConnectAsync("late");
        await late.SendAsync(Frames.Subscribe(S));
        var second = new View();
        await second.UntilAsync(late, text => text == "half ");
        Assert.That(second.Snapshots, Is.EqualTo(1));
        stream.Add("and half");
        stream.End();
        await first.UntilDoneAsync(visitor);
        await second.UntilDoneAsync(late);
        Assert.That(first.Text, Is.EqualTo("half and half"));
        Assert.That(second.Text, Is.EqualTo("half and half"));
        Assert.That(second.Snapshots, Is.EqualTo(1));
    }

    [Test]
    public async Task A_follower_who_takes_nothing_gets_the_rest_in_one_when_he_reads_again()
    {
        var stream = new Stream();
        await using var harness = await EngineHarness.StartAsync(handler: stream.Handler);
        var visitor = await harness.ConnectAsync("v");
        var slow = await harness.ConnectAsync("slow", outbox: new TestOutbox { MessageMark = 200 });
        await slow.SendAsync(Frames.Subscribe(S, 1));
        await visitor.SendAsync(Frames.Subscribe(S, 1));
        await visitor.PublishAsync(S, 1, "hello");
        var view = new View();
        var slowView = new View();
        stream.Add("a");
        await view.UntilAsync(visitor, text => text == "a");
        await slowView.UntilAsync(slow, text => text == "a");
        slow.Outbox.IsStalled = true;
        for (var i = 0; i < 100; i++)
        {
            stream.Add($"[{i}]");
            await view.UntilAsync(visitor, text => text.EndsWith($"[{i}]", StringComparison.Ordinal));
        }
        stream.End();
        await view.UntilDoneAsync(visitor);
        Assert.That(slow.Outbox.MaxWaitingBytes, Is.LessThan(400));
        slow.Outbox.IsStalled = false;
        await slowView.UntilDoneAsync(slow);
        Assert.That(slowView.Text, Is.EqualTo(view.Text));
        Assert.That(slowView.Chunks, Is.LessThan(20));
    }

    [Test]
    public async Task A_stop_ends_the_reply_at_once_and_keeps_what_there_is()
    {
        var stream = new Stream();
        await using var harness = await EngineHarness.StartAsync(handler: stream.Handler);
        var visitor = await TurnTests.AskAsync(harness, "hello");
        var view = new View();
        stream.Add("as far as");
        await view.UntilAsync(visitor, text => text == "as far as");
        await visitor.SendAsync(new Frame { Stop = new Stop { SessionId = S, InReplyTo = 7 } });
        await visitor.SendAsync(new Frame { Stop = new Stop { SessionId = S, InReplyTo = 1 } });
        var message = await view.UntilDoneAsync(visitor) ?? await TurnTests.NextMessageAsync(visitor, Role.Bot);
        Assert.That((view.Text, view.Finish, view.Sequence), Is.EqualTo(("as far as", Finish.Stopped, 2UL)));
        Assert.That((message.Payload.ToStringUtf8(), message.Finish), Is.EqualTo(("as far as", Finish.Stopped)));
        Assert.That(await stream.Ended, Is.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_stop_before_the_first_word_leaves_an_empty_reply()
    {
        var stream = new Stream();
        await using var harness = await EngineHarness.StartAsync(handler: stream.Handler);
        var visitor = await TurnTests.AskAsync(harness, "hello");
        await TurnTests.UntilAsync(() => stream.Handler.Turns.Count == 1);
        await visitor.SendAsync(new Frame { Stop = new Stop { SessionId = S, InReplyTo = 1 } });
        var message = await TurnTests.NextMessageAsync(visitor, Role.Bot);
        Assert.That((message.Payload.Length, message.Finish, message.Kind), Is.EqualTo((0, Finish.Stopped, PayloadKind.Text)));
    }

    [Test]
    public async Task A_reply_that_breaks_off_is_kept_as_failed()
    {
        var stream = new Stream();
        await using var harness = await EngineHarness.StartAsync(handler: stream.Handler);
        harness.ExpectedErrors.Add(Diagnostics.EventIds.HandlerFailed);
        var visitor = await TurnTests.AskAsync(harness, "hello");
        stream.Add("so far");
        stream.End(new IOException("the model is gone"));
        var message = await TurnTests.NextMessageAsync(visitor, Role.Bot);
        Assert.That((message.Payload.ToStringUtf8(), message.Finish), Is.EqualTo(("so far", Finish.Failed)));
    }

    [Test]
    public async Task A_reply_that_never_ends_is_cut_where_an_append_is_full()
    {
        var handler = new TestHandler(static (context, _) => context.StreamReplyAsync(Endless()));
        await using var harness = await EngineHarness.StartAsync(configure: o => o.MaxFrameBytes = 64 * 1024, handler: handler);
        var visitor = await TurnTests.AskAsync(harness, "hello");
        var message = await TurnTests.NextMessageAsync(visitor, Role.Bot);
        Assert.That(message.Finish, Is.EqualTo(Finish.Failed));
        Assert.That(message.Payload.Length, Is.InRange(63 * 1024, 64 * 1024));
        Assert.That(message.Payload.ToStringUtf8(), Does.Not.Contain("\uFFFD"));

        static async IAsyncEnumerable<string> Endless()
        {
            while (true)
            {
                await Task.Yield();
                yield return "100 MB of 好 and 😀; ";
            }
        }
    }

    [Test]
    public async Task Characters_cut_in_two_arrive_whole()
    {
        var stream = new Stream();
        await using var harness = await EngineHarness.StartAsync(handler: stream.Handler);
        var visitor = await TurnTests.AskAsync(harness, "hello");
        foreach (var half in "a😀好😀b")
            stream.Add(half.ToString());
        stream.End();
        var view = new View();
        var message = await view.UntilDoneAsync(visitor) ?? await TurnTests.NextMessageAsync(visitor, Role.Bot);
        Assert.That(message.Payload.ToStringUtf8(), Is.EqualTo("a😀好😀b"));
        Assert.That(view.Text, Is.EqualTo("a😀好😀b"));
    }

    [Test]
    public async Task A_reply_that_a_human_overtakes_ends_for_followers_without_a_message()
    {
        var stream = new Stream();
        await using var harness = await EngineHarness.StartAsync(handler: stream.Handler);
        var visitor = await harness.ConnectAsync("v");
        var agent = await harness.ConnectAsync("agent", Role.Agent);
        await visitor.SendAsync(Frames.Subscribe(S, 1));
        await visitor.PublishAsync(S, 1, "hello");
        var view = new View();
        stream.Add("well");
        await view.UntilAsync(visitor, text => text == "well");
        await agent.PublishAsync(S, 1, "mine");
        await agent.ReadAsync();
        stream.End();
        await view.UntilDoneAsync(visitor);
        Assert.That((view.Sequence, view.Finish), Is.EqualTo((0UL, Finish.Stopped)));
    }

    /// <summary>A reply whose pieces the test gives.</summary>
    private sealed class Stream
    {
        private readonly Channel<string> _pieces = System.Threading.Channels.Channel.CreateUnbounded<string>();
        private readonly TaskCompletionSource<Exception?> _ended = new();

        public Stream() => Handler = new TestHandler(async (context, token) =>
        {
            try
            {
                await context.StreamReplyAsync(ReadAsync());
                _ended.TrySetResult(null);
            }
            catch (Exception exception)
            {
                _ended.TrySetResult(exception);
                throw;
            }
        });

        public TestHandler Handler { get; }

        public Task<Exception?> Ended => _ended.Task.WaitAsync(TestOutbox.Deadline);

        public void Add(string piece) => _pieces.Writer.TryWrite(piece);

        public void End(Exception? exception = null) => _pieces.Writer.TryComplete(exception);

        private async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var piece in _pieces.Reader.ReadAllAsync(cancellationToken))
                yield return piece;
        }
    }

    /// <summary>What a follower shows; it holds the chunks to the protocol.</summary>
    private sealed class View
    {
        private ulong _replyId;
        private uint _index;
        private bool _isDone;

        public string Text { get; private set; } = "";
        public int Snapshots { get; private set; }
        public int Chunks { get; private set; }
        public uint FirstIndex { get; private set; }
        public ulong Sequence { get; private set; }
        public ulong InReplyTo { get; private set; }
        public Finish Finish { get; private set; }

        public async Task UntilAsync(TestProducer follower, Func<string, bool> isThere)
        {
            while (!isThere(Text))
            {
                var frame = await follower.ReadAsync();
                if (frame.Chunk is { } chunk)
                    Take(chunk);
            }
        }

        /// <summary>To the last chunk; the message of the reply where that came before.</summary>
        public async Task<Message?> UntilDoneAsync(TestProducer follower)
        {
            Message? message = null;
            while (!_isDone)
            {
                var frame = await follower.ReadAsync();
                if (frame.Chunk is { } chunk)
                    Take(chunk);
                else if (frame.Message is { Role: Role.Bot, Kind: PayloadKind.Text } reply)
                    message = reply;
            }
            return message;
        }

        private void Take(Chunk chunk)
        {
            Assert.That(_isDone, Is.False, "a chunk after the last one");
            Assert.That(chunk.SessionId, Is.EqualTo(S));
            Assert.That(chunk.ReplyId, Is.Not.Zero);
            Assert.That(_replyId == 0 || chunk.ReplyId == _replyId, "one reply has one id");
            Assert.That(Chunks == 0 || chunk.Index > _index, "the index rises");
            if (Chunks == 0)
                FirstIndex = chunk.Index;
            Chunks++;
            Snapshots += chunk.Snapshot ? 1 : 0;
            (_replyId, _index, _isDone) = (chunk.ReplyId, chunk.Index, chunk.Done);
            Text = chunk.Snapshot ? chunk.Text : Text + chunk.Text;
            (Sequence, InReplyTo, Finish) = (chunk.Sequence, chunk.InReplyTo, chunk.Finish);
            if (!chunk.Done)
                Assert.That((chunk.Sequence, chunk.Finish), Is.EqualTo((0UL, Finish.Complete)));
        }
    }
}
