using Google.Protobuf;
using NUnit.Framework;
using Wire.Load.History;
using Wire.Load.Measurement;
using Wire.Protocol;

namespace Wire.Load.Tests.History;

/// <summary>What a connection asks, and which Pages it takes.</summary>
[TestFixture]
internal sealed class FetchConnectionTests
{
    private static readonly HistorySettings Settings = new() { DataPath = "", Sessions = 50, Messages = 5, Limit = 3, InHand = 2 };

    [TestCase(1)]
    [TestCase(20)]
    [TestCase(1000)]
    public void It_asks_for_the_newest_messages_of_sessions_at_random(int limit)
    {
        var connection = Open(Settings with { Limit = limit });
        var asked = new HashSet<string>();
        for (var i = 0; i < 100; i++)
        {
            var fetches = Asked(connection);
            Assert.That(fetches, Has.Count.EqualTo(2));
            Assert.That(fetches.Select(f => f.RequestId), Is.Unique);
            foreach (var fetch in fetches)
            {
                Assert.That((fetch.Backward, fetch.Limit, fetch.FromSequence), Is.EqualTo((true, (uint)limit, 0ul)));
                asked.Add(fetch.SessionId);
            }
            connection.Receive(Delimited.Write(fetches.Select(f => PageOf(f, head: 7, Math.Min(limit, 7)))), 0, null);
        }
        Assert.That(connection.Answered, Is.EqualTo(200));
        Assert.That(asked, Has.Count.GreaterThan(40));
        Assert.That(asked, Is.SubsetOf(Enumerable.Range(0, 50).Select(Settings.SessionName)));
    }

    [Test]
    public void Pages_are_taken_in_any_order_and_cut_at_any_byte()
    {
        var connection = Open(Settings);
        var latencies = new LatencyHistogram();
        var fetches = Asked(connection, now: 100);
        var pages = Delimited.Write(fetches.AsEnumerable().Reverse().Select(f => PageOf(f, head: 7, 3)));
        var buffer = new byte[pages.Length];
        foreach (var value in pages)
        {
            var kept = connection.RestorePartialFrame(buffer);
            buffer[kept] = value;
            connection.Receive(buffer.AsSpan(0, kept + 1), 400, latencies);
        }
        Assert.That(connection.Answered, Is.EqualTo(2));
        Assert.That(connection.IsIdle);
        Assert.That((latencies.Count, latencies.ValueAt(1)), Is.EqualTo((2, 301)).Or.EqualTo((2, 300)));
    }

    [Test]
    public void A_page_that_is_not_the_one_that_was_asked_for_ends_the_run()
    {
        Fails(page => page.RequestId = 9, "not in hand");
        Fails(page => page.Messages.RemoveAt(0), "3 were due");
        Fails(page => page.HeadSequence = 4, "3 were due");
        Fails(page => page.SessionId = "history-99999", "");
        Fails(page => page.Messages[1].Sequence = 9, "behind 5");
        Fails(page => page.HeadSequence = 8, "ends with sequence 7");

        static void Fails(Action<Page> change, string reason)
        {
            var connection = Open(Settings);
            var page = PageOf(Asked(connection)[0], head: 7, 3);
            change(page.Page);
            Assert.That(() => connection.Receive(Delimited.Write(page), 0, null), Throws.TypeOf<LoadFailureException>().With.Message.Contains(reason));
        }
    }

    private static FetchConnection Open(HistorySettings settings)
    {
        var connection = new FetchConnection(settings, 0);
        Assert.That(Delimited.Read(connection.Unsent).Single().Hello.ClientId, Is.EqualTo("fetch-0"));
        connection.Sent(connection.Unsent.Length);
        connection.Receive(Delimited.Write(new Frame { Welcome = new Welcome() }), 0, null);
        return connection;
    }

    private static List<Fetch> Asked(FetchConnection connection, long now = 1)
    {
        connection.Fill(now);
        var fetches = Delimited.Read(connection.Unsent).Select(f => f.Fetch).ToList();
        connection.Sent(connection.Unsent.Length);
        return fetches;
    }

    private static Frame PageOf(Fetch fetch, int head, int count)
    {
        var page = new Page { RequestId = fetch.RequestId, SessionId = fetch.SessionId, FirstSequence = 1, HeadSequence = (ulong)head };
        page.Messages.AddRange(Enumerable.Range(head - count + 1, count).Select(i => new Message
        {
            SessionId = fetch.SessionId,
            Sequence = (ulong)i,
            Payload = ByteString.CopyFromUtf8("x"),
        }));
        return new Frame { Page = page };
    }
}
