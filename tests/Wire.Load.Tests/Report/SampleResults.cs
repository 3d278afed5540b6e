using System.Text.Json;
using Wire.Load.Connect;
using Wire.Load.History;
using Wire.Load.Measurement;
using Wire.Load.OpenLoop;
using Wire.Load.Peers;
using Wire.Load.Recovery;
using Wire.Load.Report;
using Wire.Load.Stages;
using Wire.Protocol;

namespace Wire.Load.Tests.Report;

/// <summary>Results of every measurement, made up: numbers that are easily told apart.</summary>
internal static class SampleResults
{
    private static readonly MachineInfo Machine = new()
    {
        Begun = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero),
        Version = "1.2.3+0123456789abcdef0123456789abcdef01234567",
        System = "Some System",
        Kernel = "9.8.7",
        FileSystem = "somefs on sda1",
        Runtime = ".NET 10",
        Architecture = "X64",
        Cores = 2,
        Processor = "Some Processor",
        MemoryBytes = 24_000_000_000,
    };

    /// <summary>All of them.</summary>
    public static ResultFolder All(bool isQuick = false) => new(ReportCatalog.All.Select(measurement => File(measurement.Name, isQuick)));

    /// <summary>Some of them.</summary>
    public static ResultFolder Of(params string[] measurements) => new(measurements.Select(name => File(name)));

    /// <summary>One of them.</summary>
    public static ResultFile File(string measurement, bool isQuick = false) => new()
    {
        Measurement = measurement,
        Command = ReportMeasurement.CommandFor([measurement]),
        IsQuick = isQuick,
        Machine = Machine,
        Runs = [.. Reports(measurement).Select(report => new ResultRun("Wire.Load some command", report))],
    };

    /// <summary>A report of publishes.</summary>
    public static MeasurementReport Load(
        Durability level = Durability.Disk, int payload = 64, int sessions = 0, int followers = 1, string[]? peers = null, string[]? skipped = null, params string[] shapes) => new()
        {
            Machine = Machine,
            Settings = new MeasurementSettings
            {
                Mode = LoadMode.Publish,
                Shapes = [.. shapes.Select(Shape.Parse)],
                Level = level,
                PayloadBytes = payload,
                Sessions = sessions,
                Followers = followers,
                Repeats = 3,
            },
            Shapes = [.. shapes.Select(shape => new ShapeResult(shape, [.. Enumerable.Range(1, 3).Select(number => Repeat(number, level, peers ?? []))]))],
            Peers = [.. (peers ?? []).Select(name => new PeerInfo(name, "7.0", "", "a promise"))],
            Skipped = skipped ?? [],
        };

    private static IEnumerable<JsonElement> Reports(string measurement) => measurement switch
    {
        "open" => [JsonSerializer.SerializeToElement(Open(), OpenLoopJson.Default.OpenLoopReport)],
        "connect" => [JsonSerializer.SerializeToElement(Connect(), ConnectJson.Default.ConnectReport)],
        "stages" => [JsonSerializer.SerializeToElement(Stages(), StagesJson.Default.StagesReport)],
        "history" => [JsonSerializer.SerializeToElement(History(), HistoryJson.Default.HistoryReport)],
        "recovery" => [JsonSerializer.SerializeToElement(Recovery(), RecoveryJson.Default.RecoveryReport)],
        "payload" => new[] { 16, 1024, 65_536 }.Select(payload => Json(Load(payload: payload, shapes: "16x64"))),
        "sessions" => new[] { 1, 1000, 10_000_000 }.Select(sessions => Json(Load(sessions: sessions, shapes: "64x256"))),
        "log-length" => new[] { 0, 2, 20 }.Select(gigabytes => Json(LogLength(gigabytes * 1_000_000_000L))),
        "followers" => new[] { 1, 10, 1000 }.Select(followers => Json(Load(followers: followers, shapes: "1x256"))),
        "connections" => [Json(Load(shapes: ["1x64", "100x64", "10000x64"]))],
        "turns" => [Json(Load(shapes: "64x64")), Load(shapes: "1x1") is var elsewhere ? Json(elsewhere with { Settings = elsewhere.Settings with { DataPath = "/data" } }) : default],
        "peers" =>
        [
            Json(Load(peers: ["redis-always", "signalr"], skipped: ["jetstream: nats-server is not installed"], shapes: ["16x64", "64x256"])),
            Json(Load(level: Durability.Memory, peers: ["signalr"], shapes: ["16x64", "64x256"])),
        ],
        "publish-memory" => [Json(Load(level: Durability.Memory, shapes: ["256x64", "64x256"]))],
        _ => [Json(Load(shapes: ["256x64", "64x256"]))],
    };

    // Each window after another that wrote something, too.
    private static MeasurementReport LogLength(long fillBytes)
    {
        var report = Load(shapes: "64x256");
        return report with
        {
            Settings = report.Settings with { FillBytes = fillBytes },
            Shapes = [.. report.Shapes.Select(shape => shape with
            {
                Repeats = [.. shape.Repeats.Select((repeat, i) => repeat with { Wire = repeat.Wire! with { LogBytesBefore = fillBytes + 1_300_000_000 + (i * 100_000_000) } })],
            })],
        };
    }

    private static JsonElement Json(MeasurementReport report) => JsonSerializer.SerializeToElement(report, ReportJson.Default.MeasurementReport);

    private static OpenLoopReport Open() => new(
        Machine,
        new OpenLoopSettings { Shapes = [new Shape(64, 256)], Repeats = 1 },
        [
            new OpenLoopShape(new Shape(64, 256), [Window("Wire", 8e6)],
            [
                new OpenLoopRate(0.1, [8e5], [Window("Wire", 8e5)], [Window("F", 8e5)]) { WireCurve = Curve(1), FCurve = Curve(0.5) },
                new OpenLoopRate(0.9, [7.2e6], [Window("Wire", 7e6)], []) { WireCurve = Curve(10) },
            ]),
        ]);

    private static ConnectReport Connect() => new(
        Machine, new ConnectSettings(),
        [.. new[] { 1000, 10_000 }.Select(connections => new ConnectResult(connections, [new ConnectRepeat(Connections("F", 40_000, 4500), Connections("Wire", 30_000, 5600))]))]);

    private static ConnectWindow Connections(string server, double rate, double memory) => new()
    {
        Server = server,
        Seconds = 1,
        ConnectionsPerSecond = rate,
        ServerMicrosecondsPerConnection = 20,
        ClientMicrosecondsPerConnection = 10,
        AllocatedBytesPerConnection = 9000,
        MemoryBytesPerConnection = memory,
        HeapBytesPerConnection = memory / 2,
    };

    private static StagesReport Stages() => new(
        Machine, new StagesSettings(),
        [
            new StageResult("FramingBenchmarks", "InPlace", "PayloadBytes=64", 10, 8.1, 8.3, 9.9, 0),
            new StageResult("FramingBenchmarks", "GoogleParser", "PayloadBytes=64", 10, 78, 80, 90, 299),
        ]);

    private static HistoryReport History() => new(
        Machine, new HistorySettings(), 500_000_000,
        new HistoryResult([new HistoryWindow(194_300, 7800, 2300, 100, Latency(1400))], Latency(1400), null),
        new HistoryResult([new HistoryWindow(49_300, 31_500, 2300, 100, Latency(3600))], Latency(3600), "dropped by drop_caches"),
        [new LargeSessionResult(1_000_000, Latency(69), Latency(46), Latency(94), 0.718)]);

    private static RecoveryReport Recovery() => new(
        Machine, new RecoverySettings(), [160, 162, 164],
        [
            new RecoveryStep(1, 1_000_000_000, 100_000, [228, 230, 232], [200], [355], 160.2),
            new RecoveryStep(20, 20_000_000_000, 500_000, [232, 234, 236], [219], null, 71.2),
        ],
        new ReturningResult(100_000, 1.15, 20_000));

    private static RepeatResult Repeat(int number, Durability level, string[] peers) => new()
    {
        F = Window("F", (level == Durability.Memory ? 5e6 : 4e6) * number),
        Wire = Window("Wire", 3e6 * number),
        Encrypted = Window("encrypted", 2.7e6 * number),
        SyncedWriteMicroseconds = 73,
        Peers = [.. peers.Select(name => Window(name, 0.5e6 * number))],
    };

    private static WindowResult Window(string server, double rate) => new()
    {
        Server = server,
        Messages = (long)rate,
        Seconds = 1,
        MessagesPerSecond = rate,
        MessagesPerRead = 10,
        Latency = Latency(1e9 / rate),
        ClientNanosecondsPerMessage = 100,
        ClientCores = 0.5,
        ServerNanosecondsPerMessage = 5e8 / rate,
        ServerCores = 1.5,
        AllocatedBytesPerMessage = 0.03,
        LogBytesPerMessage = 66.6,
        ServerMemoryBytes = 100_000_000,
    };

    private static LatencySummary Latency(double median) => new()
    {
        Count = 1000,
        P50Microseconds = median,
        P75Microseconds = median * 1.5,
        P90Microseconds = median * 2,
        P99Microseconds = median * 4,
        P999Microseconds = median * 6,
        P9999Microseconds = median * 8,
        MaxMicroseconds = median * 10,
    };

    private static PercentilePoint[] Curve(double factor) =>
        [new(0, 10 * factor), new(50, 100 * factor), new(99, 1000 * factor), new(99.99, 5000 * factor), new(100, 9000 * factor)];
}
