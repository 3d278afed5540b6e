using System.Net.Sockets;
using Google.Protobuf;
using NUnit.Framework;
using Wire.Conformance.Peers;
using Wire.EndToEnd.Hosts;
using Wire.Protocol;

namespace Wire.EndToEnd;

/// <summary>Peers that do not keep to the protocol cost only themselves.</summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "The hosts are stopped by signals.")]
public sealed class BadInputTests : EndToEndFixture
{
    private static readonly Dictionary<string, string> ShortPing = new() { ["Wire:Limits:PingInterval"] = "00:00:01" };

    // Milliseconds: a fault that would hang shows as one.
    private const int Longest = 180_000;

    // Between two turns of the good connection, so that it is no load itself.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    private static readonly ErrorCode[] RefusalsOfBytes =
        [ErrorCode.BadFrame, ErrorCode.FrameTooLarge, ErrorCode.UnsupportedVersion, ErrorCode.InvalidArgument];

    [Test, CancelAfter(Longest)]
    public async Task Byte_soup_is_refused_and_a_good_connection_beside_it_is_served()
    {
        var host = await StartHostAsync();
        await using var good = await GoodPeer.OpenAsync(host, "good", Cancelled);
        var random = new Random(20_260_101);
        for (var round = 0; round < 150; round++)
        {
            await using var peer = new Peer("soup", await host.ConnectAsync(Cancelled));
            if (round % 2 == 0)
            {
                await HelloAsync(peer, $"soup-{round}");
            }

            // A length that fits in front of every other soup, so that it is the parser that sees it.
            var soup = new byte[random.Next(1, 5_000)];
            random.NextBytes(soup);
            if (round % 4 < 2 && soup.Length > 3)
            {
                (soup[0], soup[1]) = ((byte)(0x80 | ((soup.Length - 2) & 0x7F)), (byte)((soup.Length - 2) >> 7));
            }

            var ended = await SendAndLeaveAsync(peer, soup);

            Assert.That(ended, Is.EqualTo(PeerEnd.Closed).Or.EqualTo(PeerEnd.Reset), peer.EndDetail);
            Assert.That(FatalErrors(peer), Is.SubsetOf(RefusalsOfBytes), $"round {round}");
            if (round % 10 == 0)
            {
                await good.IsServedAsync(Cancelled);
            }
        }

        await good.IsServedAsync(Cancelled);
    }

    [Test, CancelAfter(Longest)]
    public async Task Mutated_frames_are_answered_or_refused_and_a_good_connection_beside_them_is_served()
    {
        var host = await StartHostAsync();
        await using var good = await GoodPeer.OpenAsync(host, "good", Cancelled);
        var random = new Random(20_260_102);
        var frames = ClientFrames().Select(Delimited).ToList();
        for (var round = 0; round < 150; round++)
        {
            await using var peer = new Peer("mutant", await host.ConnectAsync(Cancelled));
            await HelloAsync(peer, $"mutant-{round}");
            var bytes = frames.SelectMany(one => one).ToArray();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            }

            var ended = await SendAndLeaveAsync(peer, bytes);

            Assert.That(ended, Is.EqualTo(PeerEnd.Closed).Or.EqualTo(PeerEnd.Reset), peer.EndDetail);
            Assert.That(FatalErrors(peer), Is.SubsetOf(RefusalsOfBytes), $"round {round}");
        }

        await good.IsServedAsync(Cancelled);
    }

    [Test, CancelAfter(Longest)]
    public async Task Frames_cut_anywhere_and_then_closed_store_what_was_whole_and_nothing_else()
    {
        var host = await StartHostAsync();
        await using var good = await GoodPeer.OpenAsync(host, "good", Cancelled);
        var whole = Delimited(Publish("cut/s", 1));
        for (var cut = 1; cut < whole.Length; cut++)
        {
            var session = $"cut/{cut}";
            await using var peer = new Peer("cut", await host.ConnectAsync(Cancelled));
            await HelloAsync(peer, $"cut-{cut}");
            var bytes = Delimited(Publish(session, 1)).Concat(Delimited(Publish(session, 2)).Take(cut)).ToArray();
            await peer.SendBytesAsync(bytes, Cancelled);
            if (cut % 2 == 0)
            {
                await peer.HalfCloseAsync(Cancelled);
                await peer.TakeAsync(frame => frame.Ack?.PublishId == 1, HostProcess.Deadline, Cancelled);
                Assert.That(await peer.WaitEndAsync(HostProcess.Deadline, Cancelled), Is.EqualTo(PeerEnd.Closed));
            }
            else
            {
                await peer.TakeAsync(frame => frame.Ack?.PublishId == 1, HostProcess.Deadline, Cancelled);
                await peer.DisposeAsync();
            }

            await good.Peer.SendAsync(
                new Frame { Fetch = new Fetch { RequestId = (uint)(10_000 + cut), SessionId = session } }, Cancelled);
            var page = await good.Peer.TakeAsync(
                frame => frame.Page?.RequestId == 10_000 + cut, HostProcess.Deadline, Cancelled);
            Assert.That(page.Page.Messages.Select(one => one.PublishId), Is.EqualTo([1UL]));
        }

        await good.IsServedAsync(Cancelled);
    }

    [Test, CancelAfter(Longest)]
    public async Task Peers_that_stall_inside_a_frame_are_closed_and_others_are_served_meanwhile()
    {
        var host = await StartHostAsync(ShortPing);
        await using var good = await GoodPeer.OpenAsync(host, "good", Cancelled);
        var whole = Delimited(Publish("stall/s", 1));
        var stalled = new List<Peer>();
        foreach (var cut in new[] { 1, 3, whole.Length / 2, whole.Length - 1 })
        {
            var peer = new Peer($"stalled-{cut}", await host.ConnectAsync(Cancelled)) { AnswersPings = false };
            stalled.Add(peer);
            await HelloAsync(peer, peer.Name);
            await peer.SendBytesAsync(whole.AsMemory(0, cut), Cancelled);
        }

        var ended = Task.WhenAll(stalled.Select(one => one.Ended));
        while (!ended.IsCompleted)
        {
            await good.IsServedAsync(Cancelled);
            await Task.WhenAny(ended, Task.Delay(Pace, Cancelled));
        }

        foreach (var peer in stalled)
        {
            Assert.That(FatalErrors(peer), Is.EqualTo([ErrorCode.IdleTimeout]), peer.Name);
            await peer.DisposeAsync();
        }
    }

    [Test, CancelAfter(Longest)]
    public async Task A_peer_that_never_reads_its_answers_costs_only_itself_and_is_closed()
    {
        var host = await StartHostAsync(ShortPing);
        await using var good = await GoodPeer.OpenAsync(host, "good", Cancelled);
        await good.Peer.SendAsync(
            Enumerable.Range(1, 200).Select(i => Publish("large/s", (ulong)i, 10_000)), Cancelled);
        await good.Peer.TakeAsync(frame => frame.Ack?.PublishId == 200, HostProcess.Deadline, Cancelled);
        var before = host.ResidentBytes();

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync("127.0.0.1", host.TcpPort, Cancelled);
        await socket.SendAsync(Delimited(new Frame { Hello = new Hello { Version = 1, ClientId = "deaf" } }), Cancelled);
        await socket.SendAsync(
            Delimited(new Frame { Subscribe = new Subscribe { SessionId = "large/s", FromSequence = 1 } }), Cancelled);

        // More than any buffer on the way holds: at some point the host reads no further, and then gives the peer up.
        var flood = Enumerable.Range(1, 3_000).SelectMany(i => Delimited(Publish("deaf/s", (ulong)i, 10))
            .Concat(Delimited(new Frame { Ping = new Ping { Nonce = (ulong)i } }))
            .Concat(Delimited(new Frame { Fetch = new Fetch { RequestId = (uint)i, SessionId = "large/s", Limit = 100 } }))).ToArray();
        var flooding = Task.Run(async () =>
        {
            while (true)
            {
                await socket.SendAsync(flood, Cancelled);
            }
        });
        while (!flooding.IsCompleted)
        {
            await good.IsServedAsync(Cancelled);
            await Task.WhenAny(flooding, Task.Delay(Pace, Cancelled));
        }

        await Assert.ThatAsync(async () => await flooding, Throws.InstanceOf<SocketException>());
        Assert.That(host.ResidentBytes() - before, Is.LessThan(256L * 1024 * 1024), "the deaf peer made the host grow");
        await good.IsServedAsync(Cancelled);
    }

    [Test, CancelAfter(Longest)]
    public async Task A_megabyte_of_tiny_fetches_gets_an_answer_each_and_others_are_served_meanwhile()
    {
        var host = await StartHostAsync();
        await using var good = await GoodPeer.OpenAsync(host, "good", Cancelled);
        await using var peer = new Peer("fetcher", await host.ConnectAsync(Cancelled));
        await HelloAsync(peer, "fetcher");
        var bytes = new MemoryStream();
        uint sent = 0;
        while (bytes.Length < 1024 * 1024)
        {
            new Frame { Fetch = new Fetch { RequestId = ++sent, SessionId = "f" } }.WriteDelimitedTo(bytes);
        }

        var sending = peer.SendBytesAsync(bytes.ToArray(), Cancelled);
        var answered = new HashSet<uint>();
        while (answered.Count < sent)
        {
            var frame = await peer.TakeAsync(one => one.Ping is null, HostProcess.Deadline, Cancelled);
            Assert.That(
                frame.Page is not null || frame.Error is { Code: ErrorCode.RateLimited, Fatal: false, RetryAfterMs: > 0 },
                Is.True,
                frame.ToString());
            Assert.That(answered.Add(frame.Page?.RequestId ?? frame.Error.RequestId), Is.True, "a Fetch was answered twice");
            if (answered.Count % 5_000 == 0)
            {
                await good.IsServedAsync(Cancelled);
            }
        }

        await sending;
        await peer.HalfCloseAsync(Cancelled);
        Assert.That(await peer.WaitEndAsync(HostProcess.Deadline, Cancelled), Is.EqualTo(PeerEnd.Closed));
        await good.IsServedAsync(Cancelled);
    }

    [Test, CancelAfter(Longest)]
    public async Task Connections_that_come_and_go_leave_nothing_behind()
    {
        var host = await StartHostAsync();
        await using var good = await GoodPeer.OpenAsync(host, "good", Cancelled);
        for (var round = 0; round < 300; round++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync("127.0.0.1", host.TcpPort, Cancelled);
            if (round % 3 > 0)
            {
                await socket.SendAsync(Delimited(new Frame { Hello = new Hello { Version = 1, ClientId = "same" } }), Cancelled);
            }

            if (round % 3 == 2)
            {
                await socket.SendAsync(Delimited(Publish("gone/s", (ulong)round)), Cancelled);
                socket.LingerState = new LingerOption(true, 0);
            }
        }

        await using var again = await GoodPeer.OpenAsync(host, "same", Cancelled);
        await again.IsServedAsync(Cancelled);
        await good.IsServedAsync(Cancelled);
    }

    private static async Task HelloAsync(Peer peer, string client)
    {
        await peer.SendAsync(new Frame { Hello = new Hello { Version = 1, ClientId = client } }, Cancelled);
        await peer.TakeAsync(frame => frame.Welcome is not null, HostProcess.Deadline, Cancelled);
    }

    // The host may close while the bytes are still on their way: that is its answer then.
    private static async Task<PeerEnd> SendAndLeaveAsync(Peer peer, byte[] bytes)
    {
        try
        {
            await peer.SendBytesAsync(bytes, Cancelled);
            await peer.HalfCloseAsync(Cancelled);
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
        }

        return await peer.WaitEndAsync(HostProcess.Deadline, Cancelled);
    }

    private static IEnumerable<ErrorCode> FatalErrors(Peer peer) =>
        peer.Unread.Where(frame => frame.Error is { Fatal: true }).Select(frame => frame.Error.Code);

    private static IEnumerable<Frame> ClientFrames()
    {
        yield return Publish("mutated/s", 1);
        yield return new Frame { Subscribe = new Subscribe { SessionId = "mutated/s", FromSequence = 1 } };
        yield return new Frame { Fetch = new Fetch { RequestId = 1, SessionId = "mutated/s", Limit = 5, Backward = true } };
        yield return Publish("mutated/t", 7, 100);
        yield return new Frame { Signal = new Signal { SessionId = "mutated/s", Kind = "typing" } };
        yield return new Frame { Unsubscribe = new Unsubscribe { SessionId = "mutated/s" } };
        yield return new Frame { Stop = new Stop { SessionId = "mutated/s", InReplyTo = 1 } };
        yield return new Frame { Ping = new Ping { Nonce = 99 } };
        yield return Publish("mutated/s", 2);
    }

    private static Frame Publish(string session, ulong id, int bytes = 20) => new()
    {
        Publish = new Publish { SessionId = session, PublishId = id, Payload = ByteString.CopyFrom(new byte[bytes]) },
    };

    private static byte[] Delimited(Frame frame)
    {
        var bytes = new MemoryStream();
        frame.WriteDelimitedTo(bytes);
        return bytes.ToArray();
    }
}
