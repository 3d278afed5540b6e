using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Processes;
using Wire.Load.Servers;
using Wire.Protocol;

namespace Wire.Load.Tests.Processes;

/// <summary>The client as several processes, against a real server.</summary>
[TestFixture]
[CancelAfter(60_000)]
internal sealed class ProcessesRunTests
{
    private static readonly LoadPlan Plan = new()
    {
        EndPoint = new IPEndPoint(IPAddress.Loopback, 1),
        Protocol = WireProtocol.Ack,
        Connections = 7,
        Depth = 16,
        Name = "t",
        Sessions = 7,
        Durability = Durability.Memory,
    };

    private LoadClients _clients = null!;

    [OneTimeSetUp]
    public void Start() => _clients = new LoadClients(processes: 3);

    [OneTimeTearDown]
    public void Stop() => _clients.Dispose();

    [TestCase(7, 0)]
    [TestCase(500, 0, Description = "many sessions on a connection")]
    [TestCase(2, 0, Description = "connections of several processes to a session")]
    [TestCase(7, 2, Description = "with subscribers")]
    public async Task Every_publish_of_all_processes_is_acknowledged_once(int sessions, int followers, CancellationToken cancellation)
    {
        await using var server = WireServerProgram.Build(port: 0, dataPath: "unused", inMemoryBytes: 64 << 20, settings: []);
        await server.StartAsync(cancellation);
        using var run = _clients.Begin(Plan with { EndPoint = WireServerProgram.ListeningOf(server), Sessions = sessions, Followers = followers });
        run.Open();
        run.IsRecording = true;
        run.Start();
        // Every connection of every process takes part.
        while (run.Read() is { LeastCompleted: < 200 })
            run.Wait(TimeSpan.FromMilliseconds(1), cancellation);
        var before = run.Read();
        var latencies = run.Finish();

        Assert.That(run.SentCount, Is.GreaterThanOrEqualTo(before.Completed));
        Assert.That(latencies.Count, Is.EqualTo(run.SentCount));
        Assert.That(before.Completed, Is.GreaterThanOrEqualTo(7 * 200));
        Assert.That(before.CpuNanoseconds, Is.GreaterThan(LoadCounters.CpuOfThisProcess));
    }

    [Test]
    public async Task What_one_process_finds_wrong_ends_the_run_and_not_the_processes(CancellationToken cancellation)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var plan = Plan with { EndPoint = (IPEndPoint)server.LocalEndpoint, Connections = 3, Sessions = 3, Timeout = TimeSpan.FromSeconds(30) };
        using (var run = _clients.Begin(plan))
        {
            var serving = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => WelcomeAsync(server, cancellation)));
            run.Open();
            run.Start();
            var sockets = await serving;
            await sockets[1].GetStream().WriteAsync(Delimited.Write(new Frame { GoAway = new GoAway { Reason = "enough" } }), cancellation);

            Assert.That(
                () => run.Wait(TimeSpan.FromSeconds(30), cancellation),
                Throws.TypeOf<LoadFailureException>().With.Message.Contains("the server sent GoAway (enough)"));
            foreach (var socket in sockets)
                socket.Dispose();
        }

        await Every_publish_of_all_processes_is_acknowledged_once(sessions: 7, followers: 0, cancellation);
    }

    [Test]
    public async Task A_sequence_that_connections_of_two_processes_got_ends_the_run(CancellationToken cancellation)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var run = _clients.Begin(Plan with { EndPoint = (IPEndPoint)server.LocalEndpoint, Connections = 3, Sessions = 1, Depth = 1 });
        // To each connection its own sequences, as if it alone published to the session.
        var serving = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AcknowledgeAsync(server, cancellation)));
        run.Open();
        run.Start();
        while (run.Read() is { LeastCompleted: < 2 })
            run.Wait(TimeSpan.FromMilliseconds(1), cancellation);
        Assert.That(run.Finish, Throws.TypeOf<LoadFailureException>().With.Message.StartsWith("Session t-00000: ").And.Message.Contains("their sequences are not 1 to"));
        await serving;
    }

    [Test]
    public void A_server_that_is_not_there_ends_the_run()
    {
        using var run = _clients.Begin(Plan);
        Assert.That(run.Open, Throws.TypeOf<LoadFailureException>().With.Message.Contains("A connection to 127.0.0.1:1 failed"));
    }

    [Test]
    public void A_process_that_has_ended_ends_the_run()
    {
        using var ended = new ChildProcess("client", LoadWorker.Command);
        using var run = new ProcessesRun(Plan, [ended]);
        ended.Kill();
        Assert.That(run.Open, Throws.TypeOf<LoadFailureException>().With.Message.Contains("The client has ended"));
    }

    [Test]
    public void More_processes_than_connections_are_refused() => Assert.That(
        () => _clients.Begin(Plan with { Connections = 2, Sessions = 2 }),
        Throws.TypeOf<LoadFailureException>().With.Message.EqualTo("3 client processes are more than 2 connections."));

    [Test]
    public void A_wait_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        using var run = _clients.Begin(Plan);
        source.Cancel();
        Assert.That(() => run.Wait(TimeSpan.FromHours(1), source.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private static async Task AcknowledgeAsync(TcpListener server, CancellationToken cancellation)
    {
        using var client = await WelcomeAsync(server, cancellation);
        await Task.Run(
            () =>
            {
                var stream = client.GetStream();
                for (var sequence = 1UL; ; sequence++)
                {
                    Frame frame;
                    do
                    {
                        // Its end is the run's.
                        if (ReadFrame(stream) is not { } read)
                            return;
                        frame = read;
                    }
                    while (frame.Publish is null);
                    stream.Write(Delimited.Write(new Frame
                    {
                        Ack = new Ack { SessionId = frame.Publish.SessionId, PublishId = frame.Publish.PublishId, Sequence = sequence, Count = 1, Durability = Durability.Memory },
                    }));
                }
            },
            cancellation);
    }

    private static Frame? ReadFrame(NetworkStream stream)
    {
        try
        {
            return Frame.Parser.ParseDelimitedFrom(stream);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static async Task<TcpClient> WelcomeAsync(TcpListener server, CancellationToken cancellation)
    {
        var client = await server.AcceptTcpClientAsync(cancellation);
        await client.GetStream().WriteAsync(Delimited.Write(new Frame { Welcome = new Welcome { Version = 1 } }), cancellation);
        return client;
    }
}
