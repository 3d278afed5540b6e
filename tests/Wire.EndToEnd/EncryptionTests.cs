using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using NUnit.Framework;
using Wire.Conformance.Judging;
using Wire.Conformance.Peers;
using Wire.EndToEnd.Hosts;
using Wire.EndToEnd.Load;
using Wire.Protocol;

namespace Wire.EndToEnd;

/// <summary>
/// A server with a key file that compacts: its folder gives nothing away, its keys change, without them it does not start, and nobody
/// sees a difference.
/// </summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "The hosts are stopped by signals.")]
public sealed class EncryptionTests : EndToEndFixture
{
    private const string Session = "private/session";
    private const int MessagesEach = 300;

    [Test, CancelAfter(180_000)]
    public async Task An_encrypted_server_that_compacts_keeps_its_messages_over_kill_9_and_a_change_of_the_key()
    {
        var host = NewHost();
        var keyFile = Path.Combine(host.Folder, "wire.keys");
        var settings = new Dictionary<string, string>(HostSettings.Tiny)
        {
            ["Wire:Storage:Encryption:KeyFile"] = keyFile,
            ["Wire:Storage:CompactAfter"] = "00:00:00",
        };
        host = NewHost(settings, host.Folder);
        await File.WriteAllTextAsync(keyFile, NewKey(1));

        await host.StartAsync(Cancelled);
        await PublishAsync(host, first: 1);
        await host.Kill9Async(Cancelled);
        await File.AppendAllTextAsync(keyFile, NewKey(2));
        await host.StartAsync(Cancelled);
        await PublishAsync(host, first: MessagesEach + 1);
        await HasAllAsync(host);
        await CompactedAsync(host);
        await HasAllAsync(host);
        await host.Kill9Async(Cancelled);
        await host.StartAsync(Cancelled);
        await HasAllAsync(host);
        host.Terminate();
        Assert.That(await host.WaitExitAsync(HostProcess.Deadline, Cancelled), Is.Zero);

        foreach (var text in (string[])["private/session", "writer", "<message 7>"])
        {
            var files = Directory.GetFiles(host.DataFolder, "*", SearchOption.AllDirectories)
                .Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);
            Assert.That(files, Is.Empty, text);
        }

        // Without the first key it does not start, and says which it is; with it, all is there.
        var ring = await File.ReadAllLinesAsync(keyFile);
        await File.WriteAllLinesAsync(keyFile, ring[1..]);
        var refused = NewHost(settings, host.Folder);
        refused.Spawn();
        Assert.That(await refused.WaitExitAsync(HostProcess.Deadline, Cancelled), Is.EqualTo(1));
        Assert.That(refused.Log.ToString(), Does.Contain("key 1").And.Contain(keyFile).And.Not.Contain(ring[1][2..]));
        await File.WriteAllLinesAsync(keyFile, ring);
        var again = NewHost(settings, host.Folder);
        await again.StartAsync(Cancelled);
        await HasAllAsync(again);
    }

    private static string NewKey(int id) => $"{id} {Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}\n";

    private static ByteString Payload(int id) => ByteString.CopyFromUtf8($"<message {id}>{new string((char)('a' + (id % 26)), 1000)}");

    // All files but the newest, which goes on.
    private static async Task CompactedAsync(HostProcess host)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var deadline = new CancellationTokenSource(HostProcess.Deadline);
        while (Files(host, "wire-*.seg") != 1)
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }

        Assert.That(Files(host, "wire-*.cold"), Is.GreaterThan(2));

        static int Files(HostProcess host, string pattern) => Directory.GetFiles(host.DataFolder, pattern, SearchOption.AllDirectories).Length;
    }

    private static async Task PublishAsync(HostProcess host, int first)
    {
        await using var peer = new Peer("writer", await host.ConnectAsync(Cancelled));
        await peer.SendAsync(new Frame { Hello = new Hello { Version = 1, ClientId = "writer" } }, Cancelled);
        for (var id = first; id < first + MessagesEach; id++)
        {
            await peer.SendAsync(
                new Frame { Publish = new Publish { SessionId = Session, PublishId = (ulong)id, Payload = Payload(id) } }, Cancelled);
            if (id % 100 == 0)
            {
                await peer.TakeAsync(frame => frame.Ack?.PublishId == (ulong)id, HostProcess.Deadline, Cancelled);
            }
        }
    }

    private static async Task HasAllAsync(HostProcess host)
    {
        var messages = await ReadBack.SessionAsync(host, Session, new SessionWitness(), Cancelled);
        Assert.That(messages.Select(one => one.Payload), Is.EqualTo(Enumerable.Range(1, 2 * MessagesEach).Select(Payload)));
    }
}
