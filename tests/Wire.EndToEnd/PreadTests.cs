using System.Net;
using Google.Protobuf;
using NUnit.Framework;
using Wire.Conformance.Judging;
using Wire.Conformance.Peers;
using Wire.EndToEnd.Hosts;
using Wire.EndToEnd.Load;
using Wire.Protocol;

namespace Wire.EndToEnd;

/// <summary>A host that reads its files through buffers: where a file cannot be read, the sessions in it cannot, and all others can.</summary>
[TestFixture]
public sealed class PreadTests : EndToEndFixture
{
    private const int Messages = 400;

    [Test]
    public async Task What_cannot_be_read_costs_only_the_sessions_that_are_there()
    {
        var host = await StartHostAsync(new Dictionary<string, string>(HostSettings.Tiny) { ["Wire:Storage:Reads"] = "Pread" });
        await PublishAsync(host, "pread/lost", 1);
        await PublishAsync(host, "pread/kept", 1);

        // A file without its end gives no bytes there; under a map that would end the process.
        var first = Directory.GetFiles(host.DataFolder, "*.seg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        using (var file = new FileStream(first, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(4096);
        }

        await using (var peer = await GreetAsync(host, "asking"))
        {
            await peer.SendAsync(new Frame { Fetch = new Fetch { RequestId = 1, SessionId = "pread/lost", FromSequence = 1, Limit = 10 } }, Cancelled);
            var error = await peer.TakeAsync(frame => frame.Error is not null || frame.Page is not null, HostProcess.Deadline, Cancelled);
            Assert.That(error.Error?.Code, Is.EqualTo(ErrorCode.DataLoss));
            await peer.SendAsync(new Frame { Subscribe = new Subscribe { SessionId = "pread/lost", FromSequence = 1 } }, Cancelled);
            error = await peer.TakeAsync(frame => frame.Error is not null || frame.Message is not null, HostProcess.Deadline, Cancelled);
            Assert.That(error.Error?.Code, Is.EqualTo(ErrorCode.DataLoss));
            Assert.That(error.Error!.SessionId, Is.EqualTo("pread/lost"));
        }

        // Its neighbours, and the host, know nothing of it.
        await PublishAsync(host, "pread/kept", Messages + 1);
        var kept = await ReadBack.SessionAsync(host, "pread/kept", new SessionWitness(), Cancelled);
        Assert.That(kept.Select(message => message.Payload), Is.EqualTo(Enumerable.Range(1, 2 * Messages).Select(Payload)));
        using var http = new HttpClient();
        using var health = await http.GetAsync(new Uri($"http://127.0.0.1:{host.HttpPort}/health/ready"), Cancelled);
        Assert.That(health.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await health.Content.ReadAsStringAsync(Cancelled), Does.StartWith("Degraded"));
        Assert.That(host.Log.ToString(), Does.Contain("cannot be read in full"));
    }

    private static async Task PublishAsync(HostProcess host, string session, int first)
    {
        await using var peer = await GreetAsync(host, "writer");
        for (var id = first; id < first + Messages; id++)
        {
            await peer.SendAsync(new Frame { Publish = new Publish { SessionId = session, PublishId = (ulong)id, Payload = Payload(id) } }, Cancelled);
        }

        var last = (ulong)(first + Messages - 1);
        await peer.TakeAsync(frame => frame.Ack?.PublishId == last, HostProcess.Deadline, Cancelled);
    }

    private static async Task<Peer> GreetAsync(HostProcess host, string client)
    {
        var peer = new Peer(client, await host.ConnectAsync(Cancelled));
        await peer.SendAsync(new Frame { Hello = new Hello { Version = 1, ClientId = client } }, Cancelled);
        await peer.TakeAsync(frame => frame.Welcome is not null, HostProcess.Deadline, Cancelled);
        return peer;
    }

    private static ByteString Payload(int id) => ByteString.CopyFromUtf8($"<message {id}>{new string('.', 400)}");
}
