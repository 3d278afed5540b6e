using System.Globalization;
using System.Security.Cryptography;
using Wire.Load.Disk;
using Wire.Load.Engine;
using Wire.Load.Processes;
using Wire.Load.Servers;

namespace Wire.Load.Measurement;

/// <summary>Measures F, Wire and their peers in turns, shape by shape.</summary>
/// <remarks>
/// On shared machines the same server differs by half from minute to minute, while two servers in neighbouring seconds
/// differ little. So the repeats interleave, each gives a ratio, and the median of these ratios is the result.
/// </remarks>
internal sealed class Comparison
{
    private const int SyncedWrites = 300;

    private readonly MeasurementSettings _settings;
    private readonly LoadClients _clients;
    private readonly ServerTarget? _f;
    private readonly ServerTarget? _wire;
    private readonly ServerTarget? _encrypted;
    private readonly IReadOnlyList<ServerTarget> _peers;
    private readonly SyncedWrite? _disk;
    private readonly TextWriter _progress;
    private readonly string _name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));
    private int _windows;

    /// <summary>A comparison of servers that are running.</summary>
    /// <param name="settings">What to measure.</param>
    /// <param name="clients">Where the load comes from.</param>
    /// <param name="f">F, or null.</param>
    /// <param name="wire">Wire, or null.</param>
    /// <param name="encrypted">The Wire that encrypts its log, or null.</param>
    /// <param name="peers">Servers of others.</param>
    /// <param name="disk">The disk that Wire's log is on, or null.</param>
    /// <param name="progress">Gets a line a repeat.</param>
    public Comparison(
        MeasurementSettings settings,
        LoadClients clients,
        ServerTarget? f,
        ServerTarget? wire,
        ServerTarget? encrypted,
        IReadOnlyList<ServerTarget> peers,
        SyncedWrite? disk,
        TextWriter progress)
    {
        _settings = settings;
        _clients = clients;
        _f = f;
        _wire = wire;
        _encrypted = encrypted;
        _peers = peers;
        _disk = disk;
        _progress = progress;
    }

    /// <summary>Does it.</summary>
    /// <exception cref="LoadFailureException">A server failed, or answered wrongly.</exception>
    public IReadOnlyList<ShapeResult> Run(CancellationToken cancellation)
    {
        var results = new List<ShapeResult>();
        ServerTarget?[] servers = [_f, _wire, _encrypted, .. _peers];
        foreach (var server in servers)
            server?.Fill(cancellation);
        foreach (var shape in _settings.Shapes)
        {
            // One window that does not count: the servers' code, and the client's, is compiled for what comes.
            foreach (var server in servers)
            {
                Renew(server, cancellation);
                Measure(server, shape, cancellation);
            }

            var repeats = new List<RepeatResult>();
            for (var i = 1; i <= _settings.Repeats; i++)
            {
                // Not before the first: where a log is to be of one length, the window that does not count has made it longer already.
                foreach (var server in servers.Where(server => i > 1 && Renew(server, cancellation)))
                    Measure(server, shape, cancellation);

                var repeat = new RepeatResult
                {
                    F = Measure(_f, shape, cancellation),
                    SyncedWriteMicroseconds = _disk?.Measure(SyncedWrites).ValueAt(0.5) / 1e3,
                    Wire = Measure(_wire, shape, cancellation),
                    Encrypted = Measure(_encrypted, shape, cancellation),
                    Peers = [.. _peers.Select(peer => Measure(peer, shape, cancellation)!)],
                };
                repeats.Add(repeat);
                _progress.WriteLine($"{shape} {i}/{_settings.Repeats}: {Describe(repeat)}");
            }

            results.Add(new ShapeResult(shape.ToString(), repeats));
        }

        return results;
    }

    private static bool Renew(ServerTarget? server, CancellationToken cancellation)
    {
        if (server?.Renew() != true)
            return false;
        server.Fill(cancellation);
        return true;
    }

    private WindowResult? Measure(ServerTarget? server, Shape shape, CancellationToken cancellation)
    {
        if (server is null)
            return null;
        var plan = new LoadPlan
        {
            EndPoint = server.EndPoint,
            Protocol = server.Protocol,
            Connections = shape.Connections,
            Depth = shape.Depth,
            Name = string.Create(CultureInfo.InvariantCulture, $"{_name}-{++_windows:D3}"),
            Sessions = _settings.Sessions == 0 ? shape.Connections : _settings.Sessions,
            PayloadBytes = _settings.PayloadBytes,
            Durability = _settings.Level,
            // Nobody follows on F: there what is delivered is compared with what is echoed.
            Followers = server.Protocol == WireProtocol.Ack ? _settings.FollowersOfEach : 0,
            AwaitsReplies = _settings.Mode == LoadMode.Turns,
            Threads = _settings.Threads,
        };
        server.Prepare(_settings.WarmUp + _settings.Window);
        return Window.Measure(server, plan, _clients, _settings.WarmUp, _settings.Window, cancellation);
    }

    private static string Describe(RepeatResult repeat)
    {
        var parts = new List<string>();
        foreach (var window in repeat.Windows())
        {
            parts.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{window.Server} {ResultTable.Rate(window.MessagesPerSecond)} msgs/s, p50 {window.P50Microseconds:0} us"));
        }

        if (repeat.Ratio is { } ratio)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"Wire/F {ratio:0.00}"));
        if (repeat.EncryptedRatio is { } encrypted)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"encrypted/plain {encrypted:0.00}"));
        return string.Join("; ", parts);
    }
}
