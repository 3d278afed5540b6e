using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Peers.SignalR;

namespace Wire.Load.Tests.Peers.SignalR;

[TestFixture]
internal sealed class SignalRPublisherTests
{
    private const int Depth = 4;
    private const long FirstId = 1_000_000_000;

    private static readonly LoadPlan Plan = new()
    {
        EndPoint = new IPEndPoint(IPAddress.Loopback, 81),
        Protocol = new SignalRProtocol(),
        Connections = 1,
        Depth = Depth,
        Name = "run",
        Sessions = 1,
        PayloadBytes = 10,
    };

    [TestCase(10)]
    [TestCase(40, Description = "a length in the frame's second byte no more")]
    [TestCase(70_000, Description = "a length of eight bytes")]
    public async Task Each_message_is_an_invocation_with_the_next_id_in_a_frame_of_its_own(int payloadBytes)
    {
        var publisher = Ready(Plan with { PayloadBytes = payloadBytes }, out var opening);
        Assert.That(opening, Is.EqualTo(["{\"protocol\":\"json\",\"version\":1}\u001e"]));
        AssertInvocations(await ReadAsync(Cuts.Sent(publisher)), FirstId, Depth);

        Cuts.Feed(publisher, Frame(Completion(0) + Completion(1) + Completion(2)));
        Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(3));
        AssertInvocations(await ReadAsync(Cuts.Sent(publisher)), FirstId + Depth, 3);

        void AssertInvocations(List<string> messages, long first, int count)
        {
            Assert.That(messages, Has.Count.EqualTo(count));
            for (var i = 0; i < count; i++)
            {
                Assert.That(messages[i], Does.EndWith("\u001e"));
                var invocation = JsonElement.Parse(messages[i].TrimEnd('\u001e'));
                Assert.That(invocation.GetProperty("type").GetInt32(), Is.EqualTo(1));
                Assert.That(invocation.GetProperty("invocationId").GetString(), Is.EqualTo($"{first + i}"));
                Assert.That(invocation.GetProperty("target").GetString(), Is.EqualTo("Send"));
                Assert.That(invocation.GetProperty("arguments")[0].GetString(), Has.Length.EqualTo(payloadBytes));
            }
        }
    }

    [Test]
    public void A_WebSocket_is_opened_wherever_the_answer_is_cut()
    {
        for (var cut = 0; ; cut++)
        {
            var publisher = new SignalRPublisher(Plan, 0);
            publisher.Open();
            var bytes = Welcome(Cuts.Sent(publisher));
            Cuts.Feed(publisher, bytes.AsSpan(0, cut));
            Cuts.Feed(publisher, bytes.AsSpan(cut));
            Assert.That(publisher.IsReady, Is.True, $"cut at {cut}");
            if (cut == bytes.Length)
                return;
        }
    }

    [Test]
    public async Task Completions_are_taken_wherever_bytes_and_frames_are_cut()
    {
        var text = Completion(0) + Completion(1) + "{\"type\":6}\u001e" + Completion(2) + Completion(3);
        byte[] ping = [0x89, 2, (byte)'h', (byte)'i'];
        for (var cut = 1; cut < text.Length; cut++)
        {
            // One message in two frames, and a ping between them.
            byte[] bytes = [.. Frame(text[..cut], isFinal: false), .. ping, .. Frame(text[cut..], opcode: 0)];
            var publisher = Full();
            Cuts.Feed(publisher, bytes);
            Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(Depth), $"frames cut at {cut}");
        }

        byte[] twoFrames = [.. Frame(text[..70], isFinal: false), .. ping, .. Frame(text[70..], opcode: 0)];
        foreach (var publisher in Cuts.Of(twoFrames, Full))
        {
            Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(Depth));
            Assert.That(publisher.Missing, Is.Null);
            Assert.That(publisher.TryFill(mayPublish: false, 0), Is.True);
            Assert.That(publisher.Unsent[0], Is.EqualTo(0x8A), "a pong");
            byte[] pong = [.. publisher.Unsent];
            Assert.That(pong[6..].Select((b, i) => (char)(b ^ pong[2 + i])), Is.EqualTo("hi"));
        }

        // One longer than what a byte can say.
        var wide = Full();
        Assert.That(Frame(text)[1], Is.EqualTo(126));
        Cuts.Feed(wide, Frame(text));
        Assert.That(wide.Window.Complete(0, null), Is.EqualTo(Depth));
        Assert.That(await ReadAsync(Cuts.Sent(wide)), Has.Count.EqualTo(Depth));
    }

    [Test]
    public void A_WebSocket_is_closed_before_its_connection_and_the_servers_close_is_due_then()
    {
        byte[] close = [0x88, 2, 3, 0xE8];
        foreach (var publisher in Cuts.Of([.. Frame("{\"type\":7}\u001e"), .. close], () => Closing()))
            Assert.That(publisher.IsReady, Is.True);
        Assert.That(
            () => Cuts.Feed(Closing(), Frame("{\"type\":7,\"error\":\"bye\"}\u001e")),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("bye"));

        static SignalRPublisher Closing()
        {
            var publisher = Full();
            publisher.Close();
            var sent = Cuts.Sent(publisher);
            Assert.That(sent[..2], Is.EqualTo(new byte[] { 0x88, 0x82 }));
            Assert.That(((sent[6] ^ sent[2]) << 8) | (sent[7] ^ sent[3]), Is.EqualTo(1000));
            return publisher;
        }
    }

    private static IEnumerable<TestCaseData> WrongAnswers()
    {
        yield return Case(Frame(Completion(1)), "1000000001").SetArgDisplayNames("one left out");
        yield return Case(Frame(Completion(0) + Completion(0)), "1000000000").SetArgDisplayNames("the same twice");
        yield return Case(Frame("{\"type\":3,\"invocationId\":\"1000000000\",\"error\":\"no\"}\u001e"), "error").SetArgDisplayNames("an error");
        yield return Case(Frame("{\"type\":7,\"error\":\"bye\"}\u001e"), "bye").SetArgDisplayNames("a close of the hub");
        yield return Case(Frame("{}\u001e"), "'{}'").SetArgDisplayNames("a second handshake");
        yield return Case([0x88, 2, 3, 0xE8], "opcode 8").SetArgDisplayNames("a close of the WebSocket");
        yield return Case([0xC1, 0], "reserved").SetArgDisplayNames("reserved bits");
        yield return Case([0x81, 0x80, 1, 2, 3, 4], "mask").SetArgDisplayNames("a mask");
        yield return Case(Frame(string.Concat(Enumerable.Range(0, 5).Select(Completion))), "1 publishes where 0").SetArgDisplayNames("more than were asked for");

        static TestCaseData Case(byte[] answers, string said) => new(answers, said);
    }

    [TestCaseSource(nameof(WrongAnswers))]
    public void An_answer_that_is_wrong_ends_the_run(byte[] answers, string said) => Assert.That(
        () => Cuts.Feed(Full(), answers),
        Throws.TypeOf<LoadFailureException>().With.Message.Contains(said));

    [TestCase("HTTP/1.1 404 Not Found\r\n\r\n", "404")]
    [TestCase("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: bm8=\r\n\r\n", "did not open")]
    public void A_server_that_does_not_open_a_WebSocket_ends_the_run(string answer, string said)
    {
        var publisher = new SignalRPublisher(Plan, 0);
        publisher.Open();
        Assert.That(
            () => Cuts.Feed(publisher, Encoding.ASCII.GetBytes(answer)),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains(said));
    }

    private static SignalRPublisher Ready(LoadPlan plan, out List<string> opening)
    {
        var publisher = new SignalRPublisher(plan, 0);
        publisher.Open();
        var welcome = Welcome(Cuts.Sent(publisher));
        var hub = Frame("{}\u001e").Length;
        Cuts.Feed(publisher, welcome.AsSpan(0, welcome.Length - hub));
        opening = ReadAsync(Cuts.Sent(publisher)).GetAwaiter().GetResult();
        Cuts.Feed(publisher, welcome.AsSpan(welcome.Length - hub));
        return publisher;
    }

    private static SignalRPublisher Full()
    {
        var publisher = Ready(Plan, out _);
        Cuts.Sent(publisher);
        return publisher;
    }

    // What the server says first: to HTTP, and to the hub's handshake.
    private static byte[] Welcome(byte[] request)
    {
        const string Key = "Sec-WebSocket-Key: ";
        var lines = Encoding.ASCII.GetString(request).Split("\r\n");
        Assert.That(lines, Does.Contain("GET /hub HTTP/1.1").And.Contain("Host: 127.0.0.1:81").And.Contain("Upgrade: websocket"));
        var key = lines.Single(line => line.StartsWith(Key, StringComparison.Ordinal))[Key.Length..];
        var accept = Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
        return
        [
            .. Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"),
            .. Frame("{}\u001e"),
        ];
    }

    private static string Completion(int number) => $"{{\"type\":3,\"invocationId\":\"{FirstId + number}\",\"result\":null}}\u001e";

    private static byte[] Frame(string text, bool isFinal = true, int opcode = 1)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        byte first = (byte)((isFinal ? 0x80 : 0) | opcode);
        return payload.Length < 126
            ? [first, (byte)payload.Length, .. payload]
            : [first, 126, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload];
    }

    // As the framework's own server reads it.
    private static async Task<List<string>> ReadAsync(byte[] sent)
    {
        var messages = new List<string>();
        using var stream = new MemoryStream();
        stream.Write(sent);
        stream.Position = 0;
        using var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true });
        var buffer = new byte[sent.Length];
        var count = 0;
        try
        {
            while (true)
            {
                var result = await socket.ReceiveAsync(buffer.AsMemory(count), CancellationToken.None);
                count += result.Count;
                if (!result.EndOfMessage)
                    continue;
                messages.Add(Encoding.UTF8.GetString(buffer, 0, count));
                count = 0;
            }
        }
        catch (WebSocketException e) when (e.WebSocketErrorCode == WebSocketError.ConnectionClosedPrematurely)
        {
            Assert.That(count, Is.Zero, "the last message is whole");
        }

        return messages;
    }
}
