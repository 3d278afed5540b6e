using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Tests.Log;
using Wire.Tests.Sessions;

namespace Wire.Tests.Subscriptions;

internal sealed class FetchTests
{
    private const string S = "session";
    private const int MaxFrameBytes = 4096;

    private static readonly Gen<Query> Queries =
        from origin in Gen.Elements(0, 1, 2)
        from offset in Gen.Choose(-3, 40)
        from limit in Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(1, 20)), (1, Gen.Constant(1000)))
        from backward in Gen.Elements(true, false)
        select new Query(origin, offset, (uint)limit, backward);

    private static readonly Gen<Case> Cases =
        from runs in Gen.Choose(1, 12).ListOf()
        from sizes in Gen.Frequency((4, Gen.Choose(0, 60)), (1, Gen.Choose(0, MaxFrameBytes - 400))).NonEmptyListOf()
        from queries in Queries.NonEmptyListOf()
        from retired in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(0, 10)))
        select new Case([.. runs], [.. sizes], [.. queries], retired);

    [FsCheck.NUnit.Property(MaxTest = 150)]
    public Property A_page_is_what_a_plain_list_gives() => Prop.ForAll(Cases.ToArbitrary(), c => CheckAsync(c).GetAwaiter().GetResult());

    [Test]
    public async Task A_session_in_which_nothing_was_said_has_an_empty_page()
    {
        await using var harness = await EngineHarness.StartAsync();
        var reader = await harness.ConnectAsync("a");
        await reader.SendWholeAsync(Frames.Fetch(S, 1), Frames.Fetch(S, 2, from: 7, backward: true));
        var pages = await reader.Outbox.ReadAsync(2);
        Assert.That(pages.Select(p => p.Page), Is.EqualTo(new[] { new Page { RequestId = 1, SessionId = S }, new Page { RequestId = 2, SessionId = S } }));
    }

    [Test]
    public async Task A_page_shows_all_that_its_connection_published_before_and_waits_until_that_is_stored()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var producer = await harness.ConnectAsync("a");
        await producer.SendAsync([.. Frames.Publishes(S, 1, 3, Durability.Memory), Frames.Fetch(S, 9)]);
        await harness.SettleAsync();
        Assert.That(producer.Outbox.ReadAll().Where(f => f.Ack is null), Is.Empty);
        harness.Volatile.Advance();
        var page = (await producer.ReadAsync()).Page;
        Assert.That((page.HeadSequence, page.Messages.Count), Is.EqualTo((3ul, 3)));
    }

    [Test]
    public async Task A_page_of_what_is_stored_waits_for_no_other_session()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.PublishAsync(S, 1);
        await harness.SettleAsync();
        harness.Volatile.IsAutomatic = false;
        await producer.PublishAsync("other", 1);
        await producer.SendAsync(Frames.Fetch(S, 9));
        Assert.That((await producer.Outbox.ReadAsync(2))[1].Page.Messages, Has.Count.EqualTo(1));
    }

    [TestCase("")]
    [TestCase("a\u0001")]
    public async Task An_invalid_fetch_is_refused_by_its_request(string session)
    {
        await using var harness = await EngineHarness.StartAsync();
        var reader = await harness.ConnectAsync("a");
        await reader.SendAsync([.. Enumerable.Range(1, 20).Select(i => i % 2 == 0 ? Frames.Fetch(session, (uint)i) : Frames.Fetch(S, (uint)i, limit: 1001))]);
        var errors = await reader.Outbox.ReadAsync(20);
        Assert.That(errors.Select(f => (f.Error.Code, f.Error.RequestId, f.Error.Fatal)),
            Is.EqualTo(Enumerable.Range(1, 20).Select(i => (ErrorCode.InvalidArgument, (uint)i, false))));
        Assert.That(reader.Connection.FetchesInHand, Is.Zero);
    }

    [Test]
    public async Task At_most_four_fetches_are_in_hand_and_the_others_wait_unread()
    {
        await using var harness = await EngineHarness.StartAsync();
        var reader = await harness.ConnectAsync("a");
        await reader.PublishAsync(S, 1, new string('p', 1000));
        await reader.ReadAsync();
        reader.Outbox.IsStalled = true;
        reader.Outbox.MessageMark = 2000; // takes a page, and then no other
        var sent = reader.SendAsync([.. Enumerable.Range(0, 50).Select(i => Frames.Fetch(S, (uint)i)), Frames.Publish(S, 2)]);
        while (reader.Connection.FetchesInHand < ConnectionIntake.MaxFetchesInHand)
            await harness.SettleAsync();
        await harness.SettleAsync();
        Assert.That(sent.IsCompleted, Is.False);
        Assert.That(harness.Volatile.MessagesOf(S), Has.Count.EqualTo(1));
        Assert.That(reader.Outbox.MaxWaitingBytes, Is.LessThanOrEqualTo(2000));

        reader.Outbox.IsStalled = false;
        await sent.WaitAsync(TestOutbox.Deadline);
        var frames = await reader.Outbox.ReadAsync(51);
        Assert.That(frames.Where(f => f.Page is not null).Select(f => f.Page.RequestId), Is.EqualTo(Enumerable.Range(0, 50)));
        Assert.That(reader.Connection.FetchesInHand, Is.Zero);
    }

    /// <summary>The pump takes their records in turns; where the peer takes nothing it keeps none of them.</summary>
    [Test]
    public async Task Pages_that_are_read_side_by_side_come_whole_and_in_order([Values] bool backward, [Values] bool isStalled)
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        var lengths = new Dictionary<string, int> { ["none"] = 0, ["one"] = 1, ["some"] = 9, ["many"] = 70 };
        foreach (var (session, length) in lengths)
        {
            for (var id = 1; id <= length; id++)
                await producer.PublishAsync(session, (ulong)id, $"{session} {id} {new string('p', 100)}");
        }
        await harness.SettleAsync();
        producer.Outbox.ReadAll();
        var reader = await harness.ConnectAsync("b");
        reader.Outbox.IsStalled = isStalled;
        reader.Outbox.MessageMark = 2000;
        var asked = Enumerable.Range(1, 24).Select(i => (Id: (uint)i, Session: lengths.Keys.ElementAt(i % 4), Limit: 1 + i % 12)).ToList();
        var sent = reader.SendAsync([.. asked.Select(a => Frames.Fetch(a.Session, a.Id, 0, (uint)a.Limit, backward))]);
        if (isStalled)
        {
            while (reader.Connection.FetchesInHand < ConnectionIntake.MaxFetchesInHand)
                await harness.SettleAsync();
            await harness.SettleAsync();
            reader.Outbox.IsStalled = false;
        }
        var pages = (await reader.Outbox.ReadAsync(asked.Count)).Select(f => f.Page).ToList();
        await sent.WaitAsync(TestOutbox.Deadline);
        Assert.That(pages.Select(p => (p.RequestId, p.SessionId)), Is.EqualTo(asked.Select(a => (a.Id, a.Session))));
        foreach (var (page, ask) in pages.Zip(asked))
        {
            var length = lengths[ask.Session];
            var count = Math.Min(ask.Limit, length);
            var first = backward ? length - count + 1 : 1;
            Assert.That(page.Messages.Select(m => m.Payload.ToStringUtf8().Split(' ')[..2]), Is.EqualTo(
                Enumerable.Range(first, count).Select(number => new[] { ask.Session, $"{number}" })));
        }
    }

    /// <summary>Where more pumps wait than there are processors, a thread takes several.</summary>
    [Test]
    public async Task Pages_of_many_connections_come_whole_to_each()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        for (var session = 0; session < 12; session++)
        {
            for (var id = 1; id <= 3 * session; id++)
                await producer.PublishAsync($"{session}", (ulong)id, $"{session} {id}");
        }
        await harness.SettleAsync();
        var readers = new List<TestProducer>();
        for (var i = 0; i < 24; i++)
            readers.Add(await harness.ConnectAsync($"reader {i}"));
        for (var round = 0; round < 10; round++)
        {
            var sent = readers.Select((reader, i) => Task.Run(() =>
                reader.SendAsync([.. Enumerable.Range(0, 4).Select(k => Frames.Fetch($"{(i + k) % 12}", (uint)k, 0, 20, backward: true))]))).ToList();
            for (var i = 0; i < readers.Count; i++)
            {
                await sent[i].WaitAsync(TestOutbox.Deadline);
                // One whose session has to be looked for in the log comes after the others.
                var pages = (await readers[i].Outbox.ReadAsync(4)).Select(f => f.Page).OrderBy(p => p.RequestId).ToList();
                Assert.That(pages.Select(p => p.RequestId), Is.EqualTo(Enumerable.Range(0, 4)));
                for (var k = 0; k < 4; k++)
                {
                    var session = (i + k) % 12;
                    Assert.That(pages[k].SessionId, Is.EqualTo($"{session}"));
                    Assert.That(pages[k].Messages.Select(m => m.Payload.ToStringUtf8()), Is.EqualTo(
                        Enumerable.Range(1, 3 * session).TakeLast(20).Select(number => $"{session} {number}")));
                }
            }
        }
    }

    [Test]
    public async Task A_page_from_far_back_reads_little_more_than_it_shows()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        for (ulong id = 1; id <= 5000; id++)
            await producer.SendWholeAsync(Frames.Publish(S, id, "", Durability.Memory));
        await harness.SettleAsync();
        await producer.LeaveAsync();
        var reader = await harness.ConnectAsync("b");
        foreach (var (from, backward) in new[] { (1ul, false), (2500ul, false), (4990ul, false), (3000ul, true), (0ul, true) })
        {
            var before = harness.Volatile.Reads;
            await reader.SendAsync(Frames.Fetch(S, 1, from, 20, backward));
            var page = (await reader.ReadAsync()).Page;
            Assert.That(page.Messages, Has.Count.EqualTo(from == 4990 ? 11 : 20));
            Assert.That(harness.Volatile.Reads - before, Is.LessThan(170 + 2 * 20)); // (log2 5000)^2 = 151
        }
    }

    private static async Task<bool> CheckAsync(Case c)
    {
        var log = new VolatileLog();
        var first = 1ul;
        await using (var writer = await EngineHarness.StartAsync(log, o => o.MaxFrameBytes = MaxFrameBytes))
        {
            var producer = await writer.ConnectAsync("a");
            ulong id = 0;
            foreach (var run in c.Runs)
                await producer.SendWholeAsync([.. Enumerable.Range(0, run).Select(_ => Frames.Publish(S, ++id, new string('p', c.Sizes[(int)id % c.Sizes.Length])))]);
            await writer.SettleAsync();
            var addresses = log.AddressesOf(S);
            if (c.Retired > 0 && c.Retired < addresses.Count)
            {
                first = log.MessagesOf(S).First(m => m.End > addresses[c.Retired]).Sequence;
                Assert.That(await log.RetireAsync(addresses[c.Retired]), Is.True);
            }
        }
        log = log.Crash();
        await using var harness = await EngineHarness.StartAsync(log, o => o.MaxFrameBytes = MaxFrameBytes);
        var reader = await harness.ConnectAsync("b");
        var messages = log.MessagesOf(S).Where(m => m.Sequence >= first).ToArray();
        var head = (ulong)messages.Length + first - 1;
        foreach (var query in c.Queries)
        {
            var from = (ulong)Math.Max(0, query.Origin switch { 0 => query.Offset, 1 => (long)first + query.Offset, _ => (long)head + query.Offset - 20 });
            await reader.SendAsync(Frames.Fetch(S, 1, from, query.Limit, query.Backward));
            Check((await reader.ReadAsync()).Page, messages, first, head, from, query);
        }
        return true;
    }

    private static void Check(Page page, StoredMessage[] messages, ulong first, ulong head, ulong from, Query query)
    {
        var limit = query.Limit == 0 ? 50 : (int)query.Limit;
        var wanted = query.Backward
            ? messages.Where(m => from == 0 || m.Sequence <= from).TakeLast(limit).ToArray()
            : messages.Where(m => m.Sequence >= from).Take(limit).ToArray();
        Assert.That((page.FirstSequence, page.HeadSequence), Is.EqualTo(messages.Length == 0 ? (0ul, 0ul) : (first, head)));
        var shown = page.Messages.Count;
        var expected = query.Backward ? wanted.TakeLast(shown).ToArray() : wanted.Take(shown).ToArray();
        Assert.That(page.Messages.Select(m => (m.Sequence, m.PublishId, m.Payload.Length)), Is.EqualTo(expected.Select(m => (m.Sequence, m.PublishId, m.Payload.Length))));
        var size = new Frame { Page = page }.CalculateSize();
        Assert.That(size, Is.LessThanOrEqualTo(MaxFrameBytes + ProtocolLimits.ServerFrameExtraBytes));
        if (shown == wanted.Length)
            return;
        // It was cut short to fit: what comes next would not have fitted.
        Assert.That(shown, Is.GreaterThan(0));
        var next = query.Backward ? wanted[^(shown + 1)] : wanted[shown];
        var more = new Message
        {
            Id = 1,
            SessionId = S,
            Sender = "a",
            Sequence = next.Sequence,
            PublishId = next.PublishId,
            TimestampUnixNs = 1,
            Payload = ByteString.CopyFrom(next.Payload),
            Role = Role.Visitor,
        };
        const int HeaderReserve = 200; // the page's own fields, for which the most is kept free
        Assert.That(size + more.CalculateSize() + HeaderReserve, Is.GreaterThan(MaxFrameBytes + ProtocolLimits.ServerFrameExtraBytes));
    }

    private sealed record Query(int Origin, int Offset, uint Limit, bool Backward);

    private sealed record Case(int[] Runs, int[] Sizes, Query[] Queries, int Retired)
    {
        public override string ToString() => $"runs [{string.Join(' ', Runs)}], sizes [{string.Join(' ', Sizes)}], {string.Join<Query>(' ', Queries)}, {Retired} retired";
    }
}
