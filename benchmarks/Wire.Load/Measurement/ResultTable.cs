using System.Globalization;
using Wire.Load.Peers;

namespace Wire.Load.Measurement;

/// <summary>Writes results as a table: for each shape a row for F, one for Wire, one that compares them.</summary>
internal static class ResultTable
{
    private static readonly string[] Columns =
    [
        "shape", "server", "msgs/s", "min", "max", "p50 us", "p99 us", "msgs/read",
        "server ns", "cores", "client ns", "cores", "alloc B", "whole B", "log B", "RSS MB",
    ];

    /// <summary>Writes it.</summary>
    public static void Write(MeasurementSettings settings, IReadOnlyList<ShapeResult> shapes, TextWriter to)
    {
        var rows = new List<string[]> { Columns };
        foreach (var shape in shapes)
        {
            AddServer(rows, shape, r => r.F);
            AddServer(rows, shape, r => r.Wire);
            AddServer(rows, shape, r => r.Encrypted);
            for (var peer = 0; peer < shape.Repeats[0].Peers.Count; peer++)
            {
                var place = peer;
                AddServer(rows, shape, r => r.Peers[place]);
            }
        }

        to.WriteLine();
        to.WriteLine(Invariant($"{settings.Mode}, level {settings.Level}, payload {settings.PayloadBytes} B:"));
        to.WriteLine(Invariant($"medians of {settings.Repeats} windows of {settings.Window.TotalSeconds:0.0} s"));
        WriteAligned(rows, to);
        to.WriteLine();
        foreach (var shape in shapes)
            WriteComparison(shape, settings, to);
    }

    /// <summary>Writes what an answer of each peer means, and which were left out.</summary>
    public static void WritePeers(IReadOnlyList<PeerInfo> peers, IReadOnlyList<string> skipped, TextWriter to)
    {
        if (peers.Count > 0)
            to.WriteLine("\nAn answer means:");
        foreach (var peer in peers)
            to.WriteLine($"  {peer.Name} ({peer.Version}; {peer.Settings}): {peer.Promise}");
        foreach (var reason in skipped)
            to.WriteLine($"skipped: {reason}");
    }

    /// <summary>A rate with a unit: 6.61 M.</summary>
    public static string Rate(double value) => value switch
    {
        >= 1e6 => (value / 1e6).ToString("0.00", CultureInfo.InvariantCulture) + " M",
        >= 1e4 => (value / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " k",
        _ => value.ToString("0", CultureInfo.InvariantCulture),
    };

    private static void AddServer(List<string[]> rows, ShapeResult shape, Func<RepeatResult, WindowResult?> of)
    {
        var windows = shape.Repeats.Select(of).OfType<WindowResult>().ToList();
        if (windows.Count == 0)
            return;
        var rate = Spread.Of(windows.Select(w => (double?)w.MessagesPerSecond))!.Value;
        rows.Add(
        [
            shape.Shape, windows[0].Server, Rate(rate.Median), Rate(rate.Min), Rate(rate.Max),
            Median(w => w.P50Microseconds, "0.0"), Median(w => w.P99Microseconds, "0.0"), Median(w => w.MessagesPerRead, "0.0"),
            Median(w => w.ServerNanosecondsPerMessage, "0"), Median(w => w.ServerCores, "0.00"),
            Median(w => w.ClientNanosecondsPerMessage, "0"), Median(w => w.ClientCores, "0.00"),
            Median(w => w.AllocatedBytesPerMessage, "0.00"), Median(w => w.WholeRunAllocatedBytesPerMessage, "0.00"),
            Median(w => w.LogBytesPerMessage, "0.0"), Median(w => w.ServerMemoryBytes / 1e6, "0"),
        ]);

        string Median(Func<WindowResult, double?> value, string format) =>
            Spread.Of(windows.Select(value)) is { } spread ? Number(spread.Median, format) : "-";
    }

    private static void WriteComparison(ShapeResult shape, MeasurementSettings settings, TextWriter to)
    {
        if (settings.Mode == LoadMode.Deliver && settings.Followers > 1 && Spread.Of(shape.Repeats.Select(r => r.Wire?.MessagesPerSecond)) is { } rate)
        {
            to.WriteLine($"{shape.Shape}: deliveries a second: {Rate(rate.Median * settings.Followers)}");
            if (Spread.Of(shape.Repeats.Select(r => r.Wire?.ServerNanosecondsPerMessage)) is { } cpu)
                to.WriteLine($"{shape.Shape}: server CPU, ns a delivery: {Describe(new Spread(cpu.Median / settings.Followers, cpu.Min / settings.Followers, cpu.Max / settings.Followers), "0.0")}");
        }

        if (shape.Ratio is { } ratio)
        {
            var each = string.Join(' ', shape.Repeats.Select(r => Number(r.Ratio!.Value, "0.00")));
            to.WriteLine($"{shape.Shape}: Wire/F: {Describe(ratio, "0.00")} ({each})");
        }

        if (shape.EncryptedRatio is { } encrypted)
        {
            var each = string.Join(' ', shape.Repeats.Select(r => Number(r.EncryptedRatio!.Value, "0.00")));
            to.WriteLine($"{shape.Shape}: encrypted/plain: {Describe(encrypted, "0.00")} ({each})");
        }

        foreach (var (peer, spread) in shape.PeerRatios)
        {
            var each = string.Join(' ', shape.Repeats.Select(r => Number(r.RatioTo(peer)!.Value, "0.00")));
            to.WriteLine($"{shape.Shape}: Wire/{peer}: {Describe(spread, "0.00")} ({each})");
        }

        if (shape.NanosecondsBeyondF is { } beyond)
            to.WriteLine($"{shape.Shape}: server CPU beyond F, ns a message: {Describe(beyond, "0")}");
        if (shape.SyncedWriteMicroseconds is { } disk)
            to.WriteLine($"{shape.Shape}: p50 of a synced write of 4 KiB, us: {Describe(disk, "0.0")}");
        if (settings.Mode == LoadMode.Depth1 && shape.LatencyRatio is { } latency)
        {
            var floor = shape.SyncedWriteMicroseconds is null ? "F's p50" : "(F's p50 + a synced write)";
            to.WriteLine($"{shape.Shape}: Wire's p50 / {floor}: {Describe(latency, "0.00")}");
        }

        foreach (var server in shape.LimitedByClient())
            to.WriteLine($"{shape.Shape}: in some windows the client used more CPU than {server}: its figure is a lower bound");
    }

    /// <summary>Writes rows of a table, the first two columns to the left and the others to the right.</summary>
    public static void WriteAligned(List<string[]> rows, TextWriter to)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        foreach (var row in rows)
            to.WriteLine(string.Join("  ", row.Select((cell, c) => c < 2 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))));
    }

    private static string Describe(Spread spread, string format) =>
        $"{Number(spread.Median, format)}, from {Number(spread.Min, format)} to {Number(spread.Max, format)}";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
