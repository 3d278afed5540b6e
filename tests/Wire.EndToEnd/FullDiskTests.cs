using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Google.Protobuf;
using NUnit.Framework;
using Wire.Client;
using Wire.Conformance.Judging;
using Wire.Conformance.Peers;
using Wire.EndToEnd.Hosts;
using Wire.EndToEnd.Load;
using Wire.Protocol;

namespace Wire.EndToEnd;

/// <summary>A host on a disk that is really full: a small tmpfs in a mount namespace of its own.</summary>
[TestFixture]
public sealed class FullDiskTests : EndToEndFixture
{
    private const int Messages = 2_200;
    private const string Session = "full/s";

    // The disk holds all of the messages, however badly they fill its pages, but not beside the ballast.
    private const string Mount = "folder=$1; shift; mount -t tmpfs -o size=24m tmpfs \"$folder\" || exit 77; exec \"$@\"";
    private const int BallastBytes = 20 << 20;

    [Test]
    public async Task A_full_disk_refuses_publishes_serves_readers_and_goes_on_by_itself()
    {
        NeedsMounts();
        var folder = Path.Combine(Path.GetTempPath(), "wire-end-to-end", Guid.NewGuid().ToString("N"));
        var data = Path.Combine(folder, "data");
        Directory.CreateDirectory(data);
        var settings = new Dictionary<string, string>(HostSettings.Tiny) { ["Wire:Storage:MinFreeBytes"] = "0" };
        var host = NewHost(settings, folder, launcher: ["unshare", "-m", "sh", "-c", Mount, "sh", data]);
        await host.StartAsync(Cancelled);
        var ballast = $"/proc/{host.ProcessId}/root{data}/ballast";
        await File.WriteAllBytesAsync(ballast, new byte[BallastBytes], Cancelled);

        await using var writer = new WireClient(Options(host, "writer"));
        await using var reader = new WireClient(Options(host, "follower"));
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var followed = new List<ReceivedMessage>();
        var following = FollowAsync(reader, followed, stopReading.Token);
        var acknowledged = 0;
        var publishes = Enumerable.Range(1, Messages).Select(PublishAsync).ToList();

        await BecomesAsync(host, HttpStatusCode.ServiceUnavailable, "no room");
        await using (var peer = await GreetAsync(host))
        {
            // What is left of the page that is allocated may take the first ones.
            await peer.SendAsync(
                Enumerable.Range(1, 40).Select(id => new Frame { Publish = new Publish { SessionId = "full/refused", PublishId = (ulong)id, Payload = Payload(id) } }),
                Cancelled);
            var refusal = await peer.TakeAsync(frame => frame.Error is not null, HostProcess.Deadline, Cancelled);
            Assert.That(refusal.Error.Code, Is.EqualTo(ErrorCode.StorageUnavailable));
            Assert.That(refusal.Error.RetryAfterMs, Is.Positive);
        }

        // Readers are served while it is full: by pages, and live.
        var promised = Volatile.Read(ref acknowledged);
        Assert.That(promised, Is.InRange(100, Messages - 100));
        var stored = await ReadBack.SessionAsync(host, Session, new SessionWitness(), Cancelled);
        Assert.That(stored, Has.Count.InRange(promised, Messages - 1));
        await FollowedAsync(followed, stored.Count);
        Assert.That(publishes.Any(publish => publish.IsFaulted), Is.False);

        File.Delete(ballast);
        await BecomesAsync(host, HttpStatusCode.OK, "Healthy");
        var results = await Task.WhenAll(publishes).WaitAsync(HostProcess.Deadline, Cancelled);
        // What was stored and lost its answer with the connection is a duplicate, and is told how far the session has come.
        Assert.That(results.Where((result, i) => result.Duplicate ? result.Sequence <= (ulong)i : result.Sequence != (ulong)i + 1), Is.Empty);
        stored = await ReadBack.SessionAsync(host, Session, new SessionWitness(), Cancelled);
        Assert.That(stored.Select(message => message.Payload), Is.EqualTo(Enumerable.Range(1, Messages).Select(Payload)));
        await FollowedAsync(followed, Messages);
        await stopReading.CancelAsync();
        await following;
        Assert.That(followed.Select(message => message.Sequence), Is.EqualTo(stored.Select(message => message.Sequence)));

        async Task<PublishResult> PublishAsync(int number)
        {
            var result = await writer.PublishAsync(Session, Payload(number).Memory, cancellationToken: Cancelled);
            Interlocked.Increment(ref acknowledged);
            return result;
        }
    }

    private static WireClientOptions Options(HostProcess host, string client) => new()
    {
        Host = "127.0.0.1",
        Port = host.TcpPort,
        ClientId = client,
        ReconnectDelayMax = TimeSpan.FromMilliseconds(500),
        MaxWaiting = Messages,
    };

    private static ByteString Payload(int number) =>
        ByteString.CopyFromUtf8(number.ToString(CultureInfo.InvariantCulture).PadRight(3_000, '.'));

    private static async Task FollowAsync(WireClient client, List<ReceivedMessage> followed, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in client.SubscribeAsync(Session, fromSequence: 1, cancellationToken: cancellationToken))
            {
                lock (followed)
                {
                    followed.Add(message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told to.
        }
    }

    private static async Task FollowedAsync(List<ReceivedMessage> followed, int count)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            lock (followed)
            {
                if (followed.Count >= count)
                {
                    return;
                }
            }

            Assert.That(watch.Elapsed, Is.LessThan(HostProcess.Deadline), $"the follower has come to {followed.Count} of {count}");
            await Task.Delay(20, Cancelled);
        }
    }

    private static async Task<Peer> GreetAsync(HostProcess host)
    {
        var peer = new Peer("refused", await host.ConnectAsync(Cancelled));
        await peer.SendAsync(new Frame { Hello = new Hello { Version = 1, ClientId = "refused" } }, Cancelled);
        await peer.TakeAsync(frame => frame.Welcome is not null, HostProcess.Deadline, Cancelled);
        return peer;
    }

    private static async Task BecomesAsync(HostProcess host, HttpStatusCode status, string text)
    {
        using var http = new HttpClient();
        var watch = Stopwatch.StartNew();
        while (true)
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{host.HttpPort}/health/ready"), Cancelled);
            var said = await answer.Content.ReadAsStringAsync(Cancelled);
            if (answer.StatusCode == status)
            {
                Assert.That(said, Does.Contain(text));
                return;
            }

            Assert.That(watch.Elapsed, Is.LessThan(HostProcess.Deadline), said);
            await Task.Delay(20, Cancelled);
        }
    }

    private static void NeedsMounts()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Mount namespaces exist on Linux only.");
        }

        var folder = Directory.CreateTempSubdirectory("wire-mount-");
        try
        {
            using var process = Process.Start(new ProcessStartInfo("unshare", ["-m", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.FullName])
            {
                RedirectStandardError = true,
            })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                Assert.Ignore($"No tmpfs can be mounted here: {error}");
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Ignore($"unshare cannot be started: {e.Message}");
        }
        finally
        {
            folder.Delete();
        }
    }
}
