using Microsoft.Extensions.Logging;
using Wire.Protocol;

namespace Wire.Transport.Tests.Connections;

/// <summary>Frames cut anywhere, and bytes that are no frames.</summary>
public sealed class BadBytesTests
{
    [Test]
    public async Task Frames_cut_in_two_anywhere_are_answered_the_same()
    {
        await using var server = await TestServer.StartAsync(workers: 2);
        var bytes = TestPeer.Delimited(
            TestPeer.Hello(), TestPeer.Publish("s", 1, "one"), new Frame { Ping = new Ping { Nonce = 7 } }, TestPeer.Publish("t", 1, new string('x', 200)));
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var (connection, served) = server.Connect();
            await connection.Peer.SendAsync(bytes.AsMemory(0, cut));
            await connection.Peer.SendAsync(bytes.AsMemory(cut));
            connection.FinishSending();
            var answers = new List<string>();
            while (await connection.Peer.ReadAsync() is { } frame)
                answers.Add(frame.BodyCase == Frame.BodyOneofCase.Ack ? $"Ack {frame.Ack.SessionId}" : frame.BodyCase.ToString());
            await served.WaitAsync(TestPeer.Deadline);
            Assert.That(answers, Is.EquivalentTo(new[] { "Welcome", "Ack s", "Pong", "Ack t" }), $"cut at {cut}");
            Assert.That(answers[0], Is.EqualTo("Welcome"));
        }
    }

    [Test]
    public async Task Byte_soup_ends_with_a_named_error_or_is_answered_and_costs_only_itself([Range(1, 10)] int seed)
    {
        await using var server = await TestServer.StartAsync();
        var (healthy, _) = server.Connect();
        await healthy.Peer.OpenAsync("healthy");

        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var (connection, served) = server.Connect();
            if (random.Next(4) != 0)
                await connection.Peer.OpenAsync("soup");
            try
            {
                await connection.Peer.SendAsync(Soup(random));
                connection.FinishSending();
            }
            catch (Exception exception) when (exception is IOException or InvalidOperationException)
            {
                // The server has closed already.
            }
            Frame? last = null;
            while (await connection.Peer.ReadAsync() is { } frame)
                last = frame;
            await served.WaitAsync(TestPeer.Deadline);
            Assert.That(last?.Error?.Code, Is.Not.EqualTo(ErrorCode.Internal));
        }

        await healthy.Peer.SendAsync(TestPeer.Publish("healthy", 1));
        await healthy.Peer.ExpectAsync(Frame.BodyOneofCase.Ack);
        Assert.That(server.Log.Entries, Has.None.Matches<(LogLevel Level, EventId, string)>(entry => entry.Level >= LogLevel.Warning));
    }

    // Some of it noise, some of it frames with a few bytes changed, some of it lengths that lie.
    private static byte[] Soup(Random random)
    {
        var bytes = random.Next(3) switch
        {
            0 => new byte[random.Next(1, 4000)],
            1 => TestPeer.Delimited([.. Enumerable.Range(1, random.Next(1, 40)).Select(id => AnyFrame(random, (uint)id))]),
            _ => [0xFF, 0xFF, 0xFF, (byte)random.Next(256), (byte)random.Next(256), .. new byte[random.Next(2000)]],
        };
        if (bytes.All(value => value == 0))
            random.NextBytes(bytes);
        for (var change = random.Next(5); change > 0; change--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    private static Frame AnyFrame(Random random, uint id) => random.Next(7) switch
    {
        0 => TestPeer.Publish($"s{random.Next(3)}", id, new string('x', random.Next(100))),
        1 => new Frame { Subscribe = new Subscribe { SessionId = "s1", FromSequence = (ulong)random.Next(5) } },
        2 => new Frame { Fetch = new Fetch { SessionId = "s1", RequestId = id, Limit = (uint)random.Next(2000), Backward = random.Next(2) == 0 } },
        3 => new Frame { Unsubscribe = new Unsubscribe { SessionId = "s1" } },
        4 => new Frame { Signal = new Signal { SessionId = "s1", Kind = "typing" } },
        5 => new Frame { Ack = new Ack { SessionId = "s1" } },
        _ => new Frame { Ping = new Ping { Nonce = id } },
    };
}
