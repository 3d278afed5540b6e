using System.Text;
using Google.Protobuf;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Tests.Client;

/// <summary>Whatever the other side says against the protocol, every call ends with that name, and none hangs.</summary>
internal sealed class MisbehavingServerTests : ClientFixture
{
    private static readonly (string Name, Func<Publish, Fetch, byte[]> Say)[] Lies =
    [
        ("bytes of another protocol", (_, _) => Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n" + new string(' ', 100))),
        ("a length of 0", (_, _) => [0]),
        ("a length that never ends", (_, _) => [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]),
        ("a frame beyond the limit", (_, _) => [0x81, 0x90, 0x40]),
        ("a frame that is no protobuf", (_, _) => [2, 0x22, 0x7F]),
        ("a second Welcome", (_, _) => Bytes(Frames.Welcome())),
        ("a Hello", (_, _) => Bytes(new Frame { Hello = new Hello { Version = 1 } })),
        ("a Publish", (publish, _) => Bytes(new Frame { Publish = publish })),
        ("an Ack for another id", (publish, _) => Bytes(Acked(publish, ack => ack.PublishId++))),
        ("an Ack for another session", (publish, _) => Bytes(Acked(publish, ack => ack.SessionId = "t"))),
        ("an Ack for more than was sent", (publish, _) => Bytes(Acked(publish, ack => ack.Count = 2))),
        ("an Ack for four thousand million", (publish, _) => Bytes(Acked(publish, ack => ack.Count = uint.MaxValue))),
        ("an Ack for none", (publish, _) => Bytes(Acked(publish, ack => ack.Count = 0))),
        ("an Ack without a sequence", (publish, _) => Bytes(Acked(publish, ack => ack.Sequence = 0))),
        ("an Ack of a level that was not asked for", (publish, _) => Bytes(Acked(publish, ack => ack.Durability = Durability.Memory))),
        ("an Ack of no level", (publish, _) => Bytes(Acked(publish, ack => ack.Durability = Durability.Default))),
        ("the same Ack twice", (publish, _) => [.. Bytes(Frames.Ack(publish, 1)), .. Bytes(Frames.Ack(publish, 1))]),
        ("an Error for another id", (publish, _) => Bytes(
            Frames.Refusal(new Publish { SessionId = "s", PublishId = publish.PublishId - 1 }, ErrorCode.Conflict))),
        ("a hole in the messages", (_, _) => Following(4, 6)),
        ("a message twice", (_, _) => Following(4, 4)),
        ("messages that are swapped", (_, _) => Following(5, 4)),
        ("a Page that nobody asked for", (_, fetch) => Bytes(Frames.Page(new Fetch(fetch) { RequestId = 77 }, 1, 1))),
        ("a Page of another session", (_, fetch) => Bytes(Frames.Page(new Fetch(fetch) { SessionId = "s" }, 1, 1))),
        ("a Page with a hole", (_, fetch) => Bytes(Frames.Page(fetch, 1, 3, Frames.Stored("u", 1), Frames.Stored("u", 3)))),
        ("a refusal of what nobody asked for", (_, _) => Bytes(new Frame { Error = new Error { RequestId = 78 } })),
    ];

    private static IEnumerable<TestCaseData> Cases => Lies.Select(lie => new TestCaseData(lie.Name));

    [TestCaseSource(nameof(Cases))]
    public async Task It_is_named_and_nobody_waits(string name)
    {
        var client = Client();
        var answer = client.PublishAsync("s", "x", new PublishOptions { Durability = Durability.Disk }).AsTask();
        var unanswered = client.PublishAsync("other", "x").AsTask();
        var reader = client.SubscribeAsync("followed", 4).GetAsyncEnumerator();
        var reading = ReadToEndAsync(reader);
        var page = client.FetchAsync("u").AsTask();
        using var publisher = client.OpenPublisher("p", new WirePublisherOptions { MaxUnanswered = 1 });
        await publisher.PublishAsync("x"u8.ToArray());
        var room = publisher.PublishAsync("y"u8.ToArray()).AsTask();
        var flush = publisher.FlushAsync();

        var peer = await Server.WelcomeAsync();
        Publish? publish = null;
        Fetch? fetch = null;
        for (var i = 0; i < 5; i++)
        {
            var frame = await peer.ReadAsync();
            publish = frame.Publish?.SessionId == "s" ? frame.Publish : publish;
            fetch = frame.Fetch ?? fetch;
        }
        await peer.SendBytesAsync(Lies.Single(lie => lie.Name == name).Say(publish!, fetch!));

        var failure = await FailureOf<WireProtocolException>(unanswered);
        Assert.That(failure.Message, Does.StartWith("The server sent"));
        await FailureOf<WireProtocolException>(reading);
        await FailureOf<WireProtocolException>(room);
        await FailureOf<WireProtocolException>(flush);
        await FailureOf<WireProtocolException>(publisher.CompleteAsync());
        await foreach (var state in client.WatchStateAsync())
            Assert.That((state.Status, state.Reason), Is.EqualTo((WireClientStatus.Ended, DisconnectReason.ProtocolViolation)));
        await FailureOf<WireProtocolException>(page);
        await FailureOf<WireProtocolException>(client.PublishAsync("s", "later").AsTask());
        if (name != "the same Ack twice")
            await FailureOf<WireProtocolException>(answer);
        Assert.That(Server.HasCaller, Is.False, "it is not asked again");
    }

    [TestCase("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [TestCase("SSH-2.0-OpenSSH_9.2\r\n")]
    [TestCase("-ERR unknown command\r\n")]
    public async Task What_does_not_speak_Wire_at_all_is_named(string banner)
    {
        var client = Client();
        var connecting = client.ConnectAsync();
        var peer = await Server.AcceptAsync();
        await peer.SendBytesAsync(Encoding.ASCII.GetBytes(banner));
        await FailureOf<WireProtocolException>(connecting);
    }

    [Test]
    public async Task Another_frame_than_Welcome_is_named()
    {
        foreach (var frame in new[] { Frames.Subscribed("s", 1, 1), new Frame(), new Frame { Welcome = new Welcome { Version = 1 } } })
        {
            var client = Client();
            var connecting = client.ConnectAsync();
            var peer = await Server.AcceptAsync();
            await peer.SendBytesAsync(frame.CalculateSize() == 0 ? [2, 0xFA, 0x01] : Bytes(frame));
            await FailureOf<WireProtocolException>(connecting);
        }
    }

    [Test]
    public async Task What_a_later_version_may_send_is_passed_over()
    {
        var client = Client();
        var answer = client.PublishAsync("s", "x");
        var peer = await Server.WelcomeAsync();
        var publish = await peer.ReadPublishAsync();

        // Body 100 of Frame; field 99 of Ack, whose frame so is not of the plain shape.
        await peer.SendBytesAsync([3, 0xA2, 0x06, 0]);
        var ack = Frames.Ack(publish, 1).Ack.ToByteArray();
        byte[] body = [.. ack, 0x98, 0x06, 1];
        await peer.SendBytesAsync([(byte)(body.Length + 2), 0x22, (byte)body.Length, .. body]);
        Assert.That((await Within(answer)).Sequence, Is.EqualTo(1));
    }

    private static Frame Acked(Publish publish, Action<Ack> change)
    {
        var frame = Frames.Ack(publish, 5);
        change(frame.Ack);
        return frame;
    }

    private static byte[] Following(params ulong[] sequences) =>
    [
        .. Bytes(Frames.Subscribed("followed", 1, 9)),
        .. sequences.SelectMany(sequence => Bytes(Frames.Message("followed", sequence))),
    ];

    private static byte[] Bytes(Frame frame)
    {
        using var stream = new MemoryStream();
        frame.WriteDelimitedTo(stream);
        return stream.ToArray();
    }

    private static async Task ReadToEndAsync(IAsyncEnumerator<ReceivedMessage> reader)
    {
        while (await reader.MoveNextAsync())
        {
        }
    }
}
