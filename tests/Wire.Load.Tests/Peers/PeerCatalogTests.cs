using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Measurement;
using Wire.Load.Peers;

namespace Wire.Load.Tests.Peers;

/// <summary>The real servers, each driven for a moment, as they are installed on this machine.</summary>
[TestFixture]
[CancelAfter(120_000)]
internal sealed class PeerCatalogTests
{
    private static IReadOnlyList<string> Names => PeerCatalog.Names;

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("wire-peers-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCaseSource(nameof(Names))]
    public void A_server_has_what_it_answered_and_leaves_nothing_behind(string name, CancellationToken cancellation)
    {
        using (var peer = Start(name))
        {
            var stats = peer.ReadStats()!;
            var more = 0;
            // Twice with the same names: what the first left is gone before the second.
            for (var i = 0; i < 2; i++)
            {
                peer.Prepare(TimeSpan.Zero);
                Drive(peer, cancellation);
            }

            // The system counts it in ticks, and a fast server needs less than one for a few thousand messages.
            while (peer.ReadStats()!.CpuNanoseconds == stats.CpuNanoseconds)
                Drive(peer, cancellation, $"t{++more}");
            Assert.That(peer.ReadStats()!.WorkingSetBytes, Is.GreaterThan(1_000_000));
            Assert.That(peer.Info.Version, Does.Match(@"^\d+\.\d+"));
            Assert.That(peer.Info.Promise, Is.Not.Empty);
        }

        Assert.That(Directory.EnumerateFileSystemEntries(_folder), Is.Empty);
    }

    [TestCase("redis-always", "t-00000")]
    [TestCase("jetstream", "Stream t has 0 messages")]
    [TestCase("jetstream-streams", "t-00000")]
    public void A_server_that_lacks_what_it_answered_ends_the_run(string name, string said)
    {
        using var peer = Start(name);
        var plan = PlanFor(peer);
        var publisher = peer.Protocol.CreatePublisher(plan, 0);
        publisher.Window.Fill(0);
        Assert.That(() => peer.Protocol.Check(plan, [publisher]), Throws.TypeOf<LoadFailureException>().With.Message.Contains(said));
    }

    [TestCase("redis-always")]
    public void A_server_whose_data_is_too_long_is_started_anew(string name, CancellationToken cancellation)
    {
        using var peer = Start(name, logLimitBytes: 0);
        Drive(peer, cancellation);
        Assert.That(peer.Renew(), Is.True);
        Drive(peer, cancellation);
    }

    [Test]
    public void A_program_that_is_not_installed_is_named()
    {
        var started = new List<PeerTarget>();
        var skipped = PeerCatalog.Start(Settings("other") with { Peers = ["other"] }, [new OtherProgram("no-such-server")], started);
        Assert.That(skipped, Is.EqualTo(["other: no-such-server is not installed"]));
        Assert.That(started, Is.Empty);
    }

    [Test]
    public void A_program_that_ends_at_once_is_said_to_not_start()
    {
        // The runtime is there, wherever this runs, and knows none of these arguments.
        Assert.That(
            () => PeerCatalog.Start(Settings("other"), [new OtherProgram("dotnet")], []),
            Throws.TypeOf<LoadFailureException>().With.Message.EqualTo("other does not start."));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder), Is.Empty);
    }

    [Test]
    public void A_measurement_has_a_ratio_to_each_peer_that_is_installed_and_names_the_others(CancellationToken cancellation)
    {
        var report = Path.Combine(_folder, "report.json");
        var exitCode = MeasurementProgram.Run(
            Settings([.. Names]) with
            {
                Level = Wire.Protocol.Durability.Disk,
                Repeats = 1,
                // Long enough that a disk on which others sync answers something.
                Window = TimeSpan.FromSeconds(1),
                WarmUp = TimeSpan.FromSeconds(0.1),
                JsonPath = report,
            },
            cancellation);
        Assert.That(exitCode, Is.Zero);

        using var json = JsonDocument.Parse(File.ReadAllText(report));
        var shape = json.RootElement.GetProperty("shapes")[0];
        var measured = json.RootElement.GetProperty("peers").EnumerateArray().Select(peer => peer.GetProperty("name").GetString()).ToList();
        var skipped = json.RootElement.GetProperty("skipped").EnumerateArray().Select(text => text.GetString()!.Split(':')[0]);
        Assert.That(measured.Concat(skipped), Is.EquivalentTo(Names));
        Assert.That(shape.GetProperty("repeats")[0].GetProperty("peers").EnumerateArray().Select(window => window.GetProperty("server").GetString()), Is.EqualTo(measured));
        foreach (var name in measured)
            Assert.That(shape.GetProperty("peerRatios").GetProperty(name!).GetProperty("median").GetDouble(), Is.GreaterThan(0));
    }

    private static void Drive(PeerTarget peer, CancellationToken cancellation, string name = "t")
    {
        using var run = new LoadRun(PlanFor(peer) with { Name = name });
        run.Open();
        run.Start();
        while (run.Read().Completed < 2_000)
            run.Wait(TimeSpan.FromMilliseconds(1), cancellation);
        run.Finish();
        Assert.That(run.Read().Completed, Is.EqualTo(run.SentCount));
    }

    private static LoadPlan PlanFor(PeerTarget peer) => new()
    {
        EndPoint = peer.EndPoint,
        Protocol = peer.Protocol,
        Connections = 3,
        Depth = 8,
        Name = "t",
        Sessions = 3,
        Threads = 2,
    };

    private PeerTarget Start(string name, long logLimitBytes = 1L << 30)
    {
        var started = new List<PeerTarget>();
        var skipped = PeerCatalog.Start(Settings(name) with { LogLimitBytes = logLimitBytes }, started);
        if (skipped.Count > 0)
            Assert.Ignore(skipped[0]);
        return started.Single();
    }

    private MeasurementSettings Settings(params string[] peers) =>
        new() { Mode = LoadMode.Peers, Shapes = [new Shape(2, 8)], Peers = peers, DataPath = _folder };

    private sealed class OtherProgram(string file) : PeerProgram("other", file, "nothing")
    {
        public override IReadOnlyList<string> Settings => ["no-such-command"];

        public override IEnumerable<string> Place(int port, string folder, string log) => [];

        public override string? Identify(IPEndPoint endPoint, string folder) => throw new LoadFailureException("", new System.Net.Sockets.SocketException());

        public override void Forget(IPEndPoint endPoint)
        {
        }

        public override LoadConnection CreatePublisher(LoadPlan plan, int index) => throw new NotSupportedException();

        public override void Check(LoadPlan plan, IReadOnlyList<LoadConnection> publishers)
        {
        }
    }
}
