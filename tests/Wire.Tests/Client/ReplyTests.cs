using FsCheck;
using FsCheck.Fluent;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Tests.Client;

internal sealed class ReplyTests : ClientFixture
{
    [Test]
    public async Task Messages_and_pieces_of_a_reply_come_in_one_stream()
    {
        await using var updates = Client().FollowAsync("s", 1).GetAsyncEnumerator();
        var first = updates.MoveNextAsync().AsTask();
        var peer = await FollowedAsync();
        await peer.SendAsync(Frames.Message("s", 1));
        await Within(first);
        Assert.That(((MessageUpdate)updates.Current).Message.Sequence, Is.EqualTo(1));

        await peer.SendAsync(Piece(7, 0, "Good"));
        Assert.That(await NextReplyAsync(updates), Is.EqualTo(new ReplyUpdate
        {
            ReplyId = 7,
            InReplyTo = 1,
            Index = 0,
            Text = "Good",
            IsSnapshot = true,
            IsDone = false,
            Finish = Finish.Complete,
            Sequence = 0,
        }));
        await peer.SendAsync(Piece(7, 1, " morning"));
        var more = await NextReplyAsync(updates);
        Assert.That((more.Text, more.IsSnapshot, more.Index), Is.EqualTo((" morning", false, 1u)));
        Assert.That(more.ApplyTo("Good"), Is.EqualTo("Good morning"));

        await peer.SendAsync(Piece(7, 2, "!", chunk => (chunk.Done, chunk.Finish, chunk.Sequence) = (true, Finish.Stopped, 2)), Frames.Message("s", 2));
        var last = await NextReplyAsync(updates);
        Assert.That((last.Text, last.IsDone, last.Finish, last.Sequence), Is.EqualTo(("!", true, Finish.Stopped, 2)));
        Assert.That(await Within(updates.MoveNextAsync()), Is.True);
        Assert.That(((MessageUpdate)updates.Current).Message.Sequence, Is.EqualTo(2));
    }

    [Test]
    public async Task Who_reads_late_gets_all_pieces_in_one_true_update()
    {
        await using var updates = Client().FollowAsync("s", 1).GetAsyncEnumerator();
        var first = updates.MoveNextAsync().AsTask();
        var peer = await FollowedAsync();
        await peer.SendAsync(Piece(7, 0, "a"));
        await Within(first);
        await peer.SendAsync(
            Piece(7, 1, "b"), Piece(7, 2, "c"), Piece(8, 0, "other", chunk => chunk.InReplyTo = 9), Piece(7, 5, "abcd", chunk => chunk.Snapshot = true),
            Piece(7, 6, "e"), Frames.Message("s", 1), Frames.Message("s", 2));
        await PongAsync(peer);

        var late = await NextReplyAsync(updates);
        Assert.That((late.Text, late.IsSnapshot, late.Index), Is.EqualTo(("abcde", true, 6u)));
        Assert.That((await NextReplyAsync(updates)).Text, Is.EqualTo("other"));
        foreach (var sequence in new ulong[] { 1, 2 })
        {
            Assert.That(await Within(updates.MoveNextAsync()), Is.True);
            Assert.That(((MessageUpdate)updates.Current).Message.Sequence, Is.EqualTo(sequence));
        }
    }

    [Test]
    public async Task A_new_reply_takes_the_place_of_the_one_before_it()
    {
        await using var updates = Client().FollowAsync("s", 1).GetAsyncEnumerator();
        var first = updates.MoveNextAsync().AsTask();
        var peer = await FollowedAsync();
        await peer.SendAsync(Piece(7, 0, "wrong"));
        await Within(first);
        await peer.SendAsync(Piece(7, 1, " still"), Piece(8, 0, "right"), Piece(7, 2, " late"), Piece(8, 1, "!"));
        await PongAsync(peer);
        var reply = await NextReplyAsync(updates);
        Assert.That((reply.ReplyId, reply.ApplyTo("wrong")), Is.EqualTo((8, "right!")));
        await peer.SendAsync(Frames.Message("s", 1));
        Assert.That(await Within(updates.MoveNextAsync()), Is.True);
        Assert.That(updates.Current, Is.InstanceOf<MessageUpdate>());
    }

    [Test]
    public async Task After_a_lost_connection_a_reply_goes_on_with_its_snapshot()
    {
        await using var updates = Client().FollowAsync("s", 1).GetAsyncEnumerator();
        var first = updates.MoveNextAsync().AsTask();
        var peer = await FollowedAsync();
        await peer.SendAsync(Piece(7, 4, "one", chunk => chunk.Snapshot = true));
        await Within(first);
        peer.Reset();
        peer = await FollowedAsync();
        await peer.SendAsync(Piece(7, 4, "one two", chunk => chunk.Snapshot = true), Piece(7, 5, " three"));
        await PongAsync(peer);
        var reply = await NextReplyAsync(updates);
        Assert.That((reply.Text, reply.IsSnapshot), Is.EqualTo(("one two three", true)));
    }

    [Test]
    public async Task Pieces_of_what_nobody_follows_are_passed_over()
    {
        var client = Client();
        await using var updates = client.FollowAsync("s", 1).GetAsyncEnumerator();
        var first = updates.MoveNextAsync().AsTask();
        await using var messages = client.SubscribeAsync("t", 1).GetAsyncEnumerator();
        var message = messages.MoveNextAsync().AsTask();
        var peer = await Server.WelcomeAsync();
        await peer.ReadAsync();
        await peer.ReadAsync();
        await peer.SendAsync(
            Frames.Subscribed("s", 1, 0),
            Frames.Subscribed("t", 1, 0),
            Piece(7, 0, "unfollowed", chunk => chunk.SessionId = "u"),
            Piece(8, 3, "only its messages", chunk => chunk.SessionId = "t"),
            Frames.Message("t", 1),
            Piece(9, 0, "mine"));
        await Within(message);
        await Within(first);
        Assert.That(((ReplyUpdate)updates.Current).Text, Is.EqualTo("mine"));
    }

    [Test]
    public async Task Pieces_of_a_subscription_before_are_not_taken_for_the_present_ones()
    {
        var client = Client();
        var before = client.FollowAsync("s", 1).GetAsyncEnumerator();
        var first = before.MoveNextAsync().AsTask();
        var peer = await FollowedAsync();
        await peer.SendAsync(Piece(7, 0, "a"));
        await Within(first);
        await before.DisposeAsync();
        Assert.That((await peer.ReadAsync()).BodyCase, Is.EqualTo(Frame.BodyOneofCase.Unsubscribe));

        await using var updates = client.FollowAsync("s", 1).GetAsyncEnumerator();
        var next = updates.MoveNextAsync().AsTask();
        Assert.That((await peer.ReadAsync()).BodyCase, Is.EqualTo(Frame.BodyOneofCase.Subscribe));
        await peer.SendAsync(
            Piece(7, 1, "b"), Frames.Subscribed("s", 1, 0), Piece(7, 2, "abc", chunk => chunk.Snapshot = true), Piece(7, 3, "d"));
        await PongAsync(peer);
        await Within(next);
        var text = ((ReplyUpdate)updates.Current).ApplyTo(null);
        while (text.Length < 4)
            text = (await NextReplyAsync(updates)).ApplyTo(text);
        Assert.That(text, Is.EqualTo("abcd"));

        // A reply that begins on this connection, with whatever index, is nobody else's.
        await peer.SendAsync(Piece(8, 3, "new", chunk => chunk.InReplyTo = 2));
        Assert.That((await NextReplyAsync(updates)).Text, Is.EqualTo("new"));
    }

    [Test]
    public async Task A_subscription_that_is_renewed_on_the_same_connection_begins_with_all_of_the_text()
    {
        await using var updates = Client(options => options.SubscriptionBuffer = 1).FollowAsync("s", 1).GetAsyncEnumerator();
        var first = updates.MoveNextAsync().AsTask();
        var peer = await FollowedAsync();
        await peer.SendAsync(Piece(7, 5, "a"));
        await Within(first);

        // The reader is slow: the client lets the session go, and takes it up again when it has read.
        await peer.SendAsync(Frames.Message("s", 1), Frames.Message("s", 2));
        Assert.That((await peer.ReadAsync()).BodyCase, Is.EqualTo(Frame.BodyOneofCase.Unsubscribe));
        Assert.That(await Within(updates.MoveNextAsync()), Is.True);
        Assert.That((await peer.ReadAsync()).Subscribe.FromSequence, Is.EqualTo(2));
        await peer.SendAsync(
            Piece(7, 6, "b"), Frames.Subscribed("s", 1, 2), Piece(7, 4, "abc", chunk => chunk.Snapshot = true), Piece(7, 5, "d"));
        await PongAsync(peer);
        var text = "a";
        while (text != "abcd")
            text = (await NextReplyAsync(updates)).ApplyTo(text);
    }

    private static readonly (string Name, Frame[] Frames)[] Lies =
    [
        ("an index that falls", [Piece(7, 3, "a"), Piece(7, 2, "b")]),
        ("an index that stays", [Piece(7, 3, "a"), Piece(7, 3, "b")]),
        ("a snapshot whose index falls", [Piece(7, 3, "a"), Piece(7, 1, "b", chunk => chunk.Snapshot = true)]),
        ("a piece after the last", [Piece(7, 3, "a", chunk => chunk.Done = true), Piece(7, 4, "b")]),
        ("a reply that answers another message", [Piece(7, 3, "a"), Piece(7, 4, "b", chunk => chunk.InReplyTo = 2)]),
        ("a reply without an end", [.. Enumerable.Range(0, 3).Select(i => Piece(7, (uint)i, new string('x', 400)))]),
    ];

    private static IEnumerable<string> LieNames => Lies.Select(lie => lie.Name);

    [TestCaseSource(nameof(LieNames))]
    public async Task A_lying_server_is_named(string name)
    {
        var client = Client();
        await using var updates = client.FollowAsync("s", 1).GetAsyncEnumerator();
        var reading = ReadToEndAsync(updates);
        var peer = await FollowedAsync(maxFrameBytes: 1000);
        await peer.SendAsync(Lies.Single(lie => lie.Name == name).Frames);
        var failure = await FailureOf<WireProtocolException>(reading);
        Assert.That(failure.Message, Does.Contain("reply").And.Contain("'s'"));
    }

    [Test]
    public async Task A_reply_that_goes_on_over_another_connection_without_a_snapshot_is_named()
    {
        await using var updates = Client().FollowAsync("s", 1).GetAsyncEnumerator();
        var first = updates.MoveNextAsync().AsTask();
        var peer = await FollowedAsync();
        await peer.SendAsync(Piece(7, 0, "a"));
        await Within(first);
        var next = updates.MoveNextAsync().AsTask();
        peer.Reset();
        peer = await FollowedAsync();
        await peer.SendAsync(Piece(7, 2, "c"));
        await FailureOf<WireProtocolException>(next);
    }

    [Test]
    public async Task Endless_new_replies_cost_a_reader_who_sleeps_no_memory_to_speak_of()
    {
        await using var updates = Client().FollowAsync("s", 1).GetAsyncEnumerator();
        var first = updates.MoveNextAsync().AsTask();
        var peer = await FollowedAsync();
        await peer.SendAsync(Piece(1, 0, "a"));
        await Within(first);
        await peer.SendAsync([.. Enumerable.Range(2, 5000).Select(i => Piece((ulong)i, 0, "text", chunk => chunk.InReplyTo = (ulong)i))]);
        await PongAsync(peer);
        var newest = Enumerable.Range(0, 16).Select(_ => NextReplyAsync(updates).GetAwaiter().GetResult().ReplyId).ToList();
        Assert.That(newest, Is.EqualTo(Enumerable.Range(4986, 16).Select(i => (ulong)i)));
        await peer.SendAsync(Frames.Message("s", 1));
        Assert.That(await Within(updates.MoveNextAsync()), Is.True);
        Assert.That(updates.Current, Is.InstanceOf<MessageUpdate>());
    }

    /// <summary>However reading and pieces are interleaved, what is shown is a true beginning of the reply.</summary>
    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public Property What_is_shown_is_always_true() => Prop.ForAll(Gen.Choose(0, 255).ListOf().ToArbitrary(), steps =>
    {
        var replies = new RepliesInMaking();
        var (shown, told, index) = ("", "", 0u);
        foreach (var step in steps)
        {
            switch (step % 4)
            {
                case 0:
                    foreach (var update in replies.Take())
                        shown = update.ApplyTo(shown);
                    Assert.That(shown, Is.EqualTo(told), "all that was told is shown");
                    break;
                case 1:
                    replies.ConnectionLost();
                    told += $"[{step} unseen]";
                    goto case 2;
                case 2:
                    Tell(snapshot: true);
                    break;
                default:
                    told += $"[{step}]";
                    Tell(snapshot: false);
                    break;
            }

            void Tell(bool snapshot)
            {
                var text = snapshot ? told : $"[{step}]";
                var chunk = new Chunk { SessionId = "s", ReplyId = 1, InReplyTo = 1, Index = ++index, Text = text, Snapshot = snapshot };
                Assert.That(replies.Receive(chunk, hasRemains: false, isBegun: false, 1 << 20, out var changed), Is.Null);
                Assert.That(changed, Is.Not.Null);
            }
        }
    });

    private async Task<ScriptedPeer> FollowedAsync(uint maxFrameBytes = 1 << 20)
    {
        var peer = await Server.WelcomeAsync(maxFrameBytes);
        Assert.That((await peer.ReadAsync()).Subscribe?.SessionId, Is.EqualTo("s"));
        await peer.SendAsync(Frames.Subscribed("s", 1, 0));
        return peer;
    }

    // The client has taken all that was sent before.
    private static async Task PongAsync(ScriptedPeer peer)
    {
        await peer.SendAsync(new Frame { Ping = new Ping { Nonce = 1 } });
        while ((await peer.ReadAsync()).BodyCase != Frame.BodyOneofCase.Pong)
        {
        }
    }

    private static async Task<ReplyUpdate> NextReplyAsync(IAsyncEnumerator<SessionUpdate> updates)
    {
        Assert.That(await Within(updates.MoveNextAsync()), Is.True);
        return (ReplyUpdate)updates.Current;
    }

    private static async Task ReadToEndAsync(IAsyncEnumerator<SessionUpdate> updates)
    {
        while (await updates.MoveNextAsync())
        {
        }
    }

    private static Frame Piece(ulong reply, uint index, string text, Action<Chunk>? change = null)
    {
        var chunk = new Chunk { SessionId = "s", ReplyId = reply, InReplyTo = 1, Index = index, Text = text };
        change?.Invoke(chunk);
        return new Frame { Chunk = chunk };
    }
}
