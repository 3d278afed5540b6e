using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using NUnit.Framework;
using Wire.Conformance.Peers;
using Wire.Protocol;

namespace Wire.Conformance.SelfTests;

[TestFixture]
public sealed class PeerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [TestCase("0b620909ff", PeerEnd.Broken)]
    [TestCase("021aff", PeerEnd.Broken)]
    [TestCase("80", PeerEnd.Broken)]
    [TestCase("0b6a09090700000000000000", PeerEnd.Closed)]
    [TestCase("", PeerEnd.Closed)]
    public async Task The_end_of_a_stream_is_told_apart_from_an_end_inside_a_frame(string hex, PeerEnd expected)
    {
        var (peer, other) = await ConnectAsync();
        await using var _ = peer;
        using (other)
        {
            await other.SendAsync(Convert.FromHexString(hex));
        }

        Assert.That(await peer.WaitEndAsync(Deadline, default), Is.EqualTo(expected), peer.EndDetail);
    }

    [Test]
    public async Task A_reset_is_told_apart_from_a_close()
    {
        var (peer, other) = await ConnectAsync();
        await using var _ = peer;
        other.LingerState = new LingerOption(true, 0);
        other.Dispose();

        Assert.That(await peer.WaitEndAsync(Deadline, default), Is.EqualTo(PeerEnd.Reset));
    }

    [Test]
    public async Task A_Ping_is_answered_unless_the_test_answers_itself()
    {
        var (peer, other) = await ConnectAsync();
        await using var _ = peer;
        using var stream = new NetworkStream(other, ownsSocket: true);
        new Frame { Ping = new Ping { Nonce = 5 } }.WriteDelimitedTo(stream);

        Assert.That(Frame.Parser.ParseDelimitedFrom(stream).Pong.Nonce, Is.EqualTo(5));

        await peer.TakeAsync(frame => frame.Ping is not null, Deadline, default);
        peer.AnswersPings = false;
        new Frame { Ping = new Ping { Nonce = 6 } }.WriteDelimitedTo(stream);
        await peer.TakeAsync(frame => frame.Ping?.Nonce == 6, Deadline, default);
        await peer.SendAsync(new Frame { Ping = new Ping { Nonce = 7 } }, default);

        Assert.That(Frame.Parser.ParseDelimitedFrom(stream).Ping.Nonce, Is.EqualTo(7));
    }

    [Test]
    public async Task What_comes_before_the_end_can_be_taken_after_it()
    {
        var (peer, other) = await ConnectAsync();
        await using var _ = peer;
        using (var stream = new NetworkStream(other, ownsSocket: true))
        {
            new Frame { Pong = new Pong { Nonce = 1 } }.WriteDelimitedTo(stream);
            new Frame { Pong = new Pong { Nonce = 2 } }.WriteDelimitedTo(stream);
        }

        await peer.WaitEndAsync(Deadline, default);

        Assert.That((await peer.TakeAsync(frame => frame.Pong?.Nonce == 2, Deadline, default)).Pong.Nonce, Is.EqualTo(2));
        Assert.That(peer.Unread, Has.Count.EqualTo(1));
        await Assert.ThatAsync(
            async () => await peer.TakeAsync(frame => frame.Pong?.Nonce == 3, Deadline, default),
            Throws.TypeOf<PeerException>().With.Message.Contains("ended first"));
    }

    private static async Task<(Peer Peer, Socket Other)> ConnectAsync()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var accepting = listener.AcceptAsync();
        var transport = await TcpPeer.ConnectAsync(listener.LocalEndPoint!, default);
        return (new Peer("a", transport), await accepting);
    }
}
