using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Servers;
using Wire.Protocol;

namespace Wire.Load.Tests.Engine;

/// <summary>The client with real sockets, against F and against servers that fail.</summary>
[TestFixture]
[CancelAfter(60_000)]
internal sealed class LoadRunTests
{
    private static readonly TestCaseData[] Pollers =
    [
        new TestCaseData((Func<IPoller>)LoadRun.BestPoller).SetArgDisplayNames("the system's best poller"),
        new TestCaseData((Func<IPoller>)(() => new SelectPoller())).SetArgDisplayNames("select"),
    ];

    [TestCaseSource(nameof(Pollers))]
    public async Task Every_publish_is_echoed_once(Func<IPoller> poller, CancellationToken cancellation)
    {
        await EchoAsync(new LoadPlan
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Protocol = WireProtocol.Echo,
            Connections = 5,
            Depth = 16,
            Name = "t",
            Sessions = 12,
            Threads = 2,
        }, atLeast: 5_000, poller, cancellation);
    }

    [Test]
    public async Task What_the_protocol_finds_wrong_in_the_end_ends_the_run(CancellationToken cancellation)
    {
        var plan = new LoadPlan
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Protocol = new DistrustfulProtocol(),
            Connections = 3,
            Depth = 4,
            Name = "t",
            Sessions = 3,
        };
        await using var server = EchoServer.Build(plan.EndPoint, out var listening);
        await server.StartAsync(cancellation);
        using var run = new LoadRun(plan with { EndPoint = listening() });
        run.Open();
        run.Start();
        while (run.Read().Completed == 0)
            run.Wait(TimeSpan.FromMilliseconds(1), cancellation);
        Assert.That(run.Finish, Throws.TypeOf<LoadFailureException>().With.Message.EqualTo("3 publishers, all answered: True"));
    }

    /// <summary>For a plan of one's own.</summary>
    internal static LoadPlan Plan { get; } = new()
    {
        EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
        Protocol = WireProtocol.Echo,
        Connections = 1,
        Depth = 4,
        Name = "t",
        Sessions = 1,
    };

    [TestCaseSource(nameof(Pollers))]
    public async Task In_an_open_loop_no_more_is_sent_than_is_due(Func<IPoller> poller, CancellationToken cancellation)
    {
        await using var server = EchoServer.Build(Plan.EndPoint, out var listening);
        await server.StartAsync(cancellation);
        var plan = Plan with { EndPoint = listening(), Connections = 8, Sessions = 8, Depth = 64, Rate = 20_000, Threads = 2 };
        using var run = new LoadRun(plan, poller) { IsRecording = true };
        run.Open();
        var begun = Stopwatch.GetTimestamp();
        run.Start();
        while (run.Read().Completed < 2_000)
            run.Wait(TimeSpan.FromMilliseconds(1), cancellation);
        var latencies = run.Finish();
        var due = Stopwatch.GetElapsedTime(begun).TotalSeconds * 20_000;
        Assert.That(run.SentCount, Is.InRange(2_000, due + plan.Connections));
        Assert.That(latencies.Count, Is.EqualTo(run.SentCount));
    }

    [TestCaseSource(nameof(Pollers))]
    public async Task What_a_socket_does_not_take_at_once_follows(Func<IPoller> poller, CancellationToken cancellation)
    {
        // 16 MB a batch: more than the socket buffers of both sides hold.
        await EchoAsync(new LoadPlan
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Protocol = WireProtocol.Echo,
            Connections = 1,
            Depth = 32,
            Name = "t",
            Sessions = 1,
            PayloadBytes = 500_000,
        }, atLeast: 100, poller, cancellation);
    }

    [TestCaseSource(nameof(Pollers))]
    public async Task A_batch_goes_out_whole_though_no_answer_comes_in_between(Func<IPoller> poller, CancellationToken cancellation)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var plan = PlanFor(server) with { Depth = 64, PayloadBytes = 500_000 };
        using var run = new LoadRun(plan, poller);
        var serving = WelcomeAsync(server, cancellation);
        run.Open();
        run.Start();
        using var client = await serving;
        await client.GetStream().ReadExactlyAsync(new byte[plan.Depth * plan.PayloadBytes], cancellation);
    }

    [TestCase(5, 5, 0)]
    [TestCase(5, 12, 0, Description = "several sessions on a connection")]
    [TestCase(5, 500, 0, Description = "more sessions on a connection than publishes unanswered")]
    [TestCase(5, 2, 0, Description = "several connections to a session")]
    [TestCase(3, 3, 1, Description = "with subscribers")]
    [TestCase(2, 4, 7, Description = "with several to a session")]
    public async Task Every_publish_is_acknowledged_once(int connections, int sessions, int followers, CancellationToken cancellation)
    {
        await using var server = WireServerProgram.Build(port: 0, dataPath: "unused", inMemoryBytes: 64 << 20, settings: []);
        await server.StartAsync(cancellation);
        Run(
            new LoadPlan
            {
                EndPoint = WireServerProgram.ListeningOf(server),
                Protocol = WireProtocol.Ack,
                Connections = connections,
                Depth = 16,
                Name = "t",
                Sessions = sessions,
                Followers = followers,
                Durability = Durability.Memory,
                Threads = 2,
            },
            atLeast: 2_000,
            LoadRun.BestPoller,
            cancellation);
    }

    [Test]
    public void No_more_handshakes_are_under_way_than_any_backlog_holds()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start(backlog: 512);
        using var run = new LoadRun(PlanFor(server) with { Connections = 300, Sessions = 300, Timeout = TimeSpan.FromMilliseconds(200) });
        Assert.That(run.Open, Throws.TypeOf<LoadFailureException>().With.Message.Contains("the handshake"));

        var connected = 0;
        for (; server.Pending(); connected++)
            server.AcceptSocket().Dispose();
        Assert.That(connected, Is.EqualTo(128));
    }

    [Test]
    public async Task Connections_that_publish_nothing_may_hear_nothing(CancellationToken cancellation)
    {
        await using var server = EchoServer.Build(Plan.EndPoint, out var listening);
        await server.StartAsync(cancellation);
        var plan = Plan with { EndPoint = listening(), Connections = 3, Sessions = 3, Depth = 0, Timeout = TimeSpan.FromSeconds(2) };
        using var run = new LoadRun(plan);
        run.Open();
        run.Start();
        // Longer than a handshake may be silent, with which a busy machine must be able to keep up.
        Assert.That(() => run.Wait(1.25 * plan.Timeout, cancellation), Throws.Nothing);
        Assert.That(run.Finish().Count, Is.Zero);
        Assert.That(run.SentCount, Is.Zero);
    }

    [Test]
    public async Task Connections_come_from_the_source_address_that_is_asked_for(CancellationToken cancellation)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var run = new LoadRun(PlanFor(server) with { FirstSourceAddress = 251 });
        var serving = WelcomeAsync(server, cancellation);
        run.Open();
        using var client = await serving;
        Assert.That(((IPEndPoint)client.Client.RemoteEndPoint!).Address.ToString(), Is.EqualTo(OperatingSystem.IsLinux() ? "127.0.2.2" : "127.0.0.1"));
    }

    [Test]
    public async Task Nothing_is_published_before_the_start(CancellationToken cancellation)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var run = new LoadRun(PlanFor(server));
        var serving = WelcomeAsync(server, cancellation);
        run.Open();
        run.Dispose();

        using var client = await serving;
        using var sent = new MemoryStream();
        await client.GetStream().CopyToAsync(sent, cancellation);
        Assert.That(Delimited.Read(sent.ToArray()).Select(f => f.BodyCase), Is.EqualTo([Frame.BodyOneofCase.Hello]));
    }

    [TestCaseSource(nameof(Pollers))]
    public async Task A_server_that_closes_ends_the_run(Func<IPoller> poller, CancellationToken cancellation)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var run = new LoadRun(PlanFor(server), poller);
        var serving = WelcomeAsync(server, cancellation);
        run.Open();
        run.Start();
        (await serving).Dispose();

        Assert.That(
            () => run.Wait(TimeSpan.FromSeconds(30), cancellation),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("closed the connection").Or.Message.Contains("failed"));
    }

    [TestCaseSource(nameof(Pollers))]
    public async Task A_server_that_says_nothing_more_ends_the_run(Func<IPoller> poller, CancellationToken cancellation)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var run = new LoadRun(PlanFor(server) with { Timeout = TimeSpan.FromMilliseconds(200) }, poller);
        var serving = WelcomeAsync(server, cancellation);
        run.Open();
        run.Start();
        using var silent = await serving;

        Assert.That(
            () => run.Wait(TimeSpan.FromSeconds(30), cancellation),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("4 of 4 publishes unanswered"));
    }

    [Test]
    public void A_server_that_is_not_there_ends_the_run()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var plan = PlanFor(server);
        server.Stop();
        using var run = new LoadRun(plan);
        Assert.That(run.Open, Throws.TypeOf<LoadFailureException>().With.Message.Contains("failed"));
    }

    private static async Task EchoAsync(LoadPlan plan, long atLeast, Func<IPoller> poller, CancellationToken cancellation)
    {
        await using var server = EchoServer.Build(plan.EndPoint, out var listening);
        await server.StartAsync(cancellation);
        Run(plan with { EndPoint = listening() }, atLeast, poller, cancellation);
    }

    private static void Run(LoadPlan plan, long atLeast, Func<IPoller> poller, CancellationToken cancellation)
    {
        using var run = new LoadRun(plan, poller) { IsRecording = true };
        run.Open();
        run.Start();
        while (run.Read().Completed < atLeast)
            run.Wait(TimeSpan.FromMilliseconds(1), cancellation);
        var latencies = run.Finish();
        Assert.That(latencies.Count, Is.EqualTo(run.SentCount));
        Assert.That(run.Read().Completed, Is.EqualTo(run.SentCount));
    }

    private static LoadPlan PlanFor(TcpListener server) => new()
    {
        EndPoint = (IPEndPoint)server.LocalEndpoint,
        Protocol = WireProtocol.Ack,
        Connections = 1,
        Depth = 4,
        Name = "t",
        Sessions = 1,
    };

    private static async Task<TcpClient> WelcomeAsync(TcpListener server, CancellationToken cancellation)
    {
        var client = await server.AcceptTcpClientAsync(cancellation);
        await client.GetStream().WriteAsync(Delimited.Write(new Frame { Welcome = new Welcome { Version = 1 } }), cancellation);
        return client;
    }

    private sealed class DistrustfulProtocol : ILoadProtocol
    {
        public LoadConnection CreatePublisher(LoadPlan plan, int index) => WireProtocol.Echo.CreatePublisher(plan, index);

        public void Check(LoadPlan plan, IReadOnlyList<LoadConnection> publishers) =>
            throw new LoadFailureException($"{publishers.Count} publishers, all answered: {publishers.All(p => p.Missing is null)}");
    }
}
