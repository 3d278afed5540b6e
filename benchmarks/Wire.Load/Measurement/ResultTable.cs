using System.Globalization;

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
        }

        to.WriteLine();
        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{settings.Mode}, level {settings.Level}, payload {settings.PayloadBytes} B: medians of {settings.Repeats} windows of {settings.Window.TotalSeconds:0.0} s"));
        WriteAligned(rows, to);
        to.WriteLine();
        foreach (var shape in shapes)
            WriteComparison(shape, settings.Mode, to);
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
            Spread.Of(windows.Select(value))?.Median.ToString(format, CultureInfo.InvariantCulture) ?? "-";
    }

    private static void WriteComparison(ShapeResult shape, LoadMode mode, TextWriter to)
    {
        if (shape.Ratio is { } ratio)
        {
            var each = string.Join(' ', shape.Repeats.Select(r => Number(r.Ratio!.Value)));
            to.WriteLine($"{shape.Shape}: Wire/F {Number(ratio.Median)}, from {Number(ratio.Min)} to {Number(ratio.Max)} ({each})");
        }

        if (shape.NanosecondsBeyondF is { } beyond)
            to.WriteLine(Invariant($"{shape.Shape}: server CPU beyond F {beyond.Median:0} ns a message, from {beyond.Min:0} to {beyond.Max:0}"));
        if (shape.SyncedWriteMicroseconds is { } disk)
            to.WriteLine(Invariant($"{shape.Shape}: a synced write of 4 KiB takes {disk.Median:0.0} us (p50), from {disk.Min:0.0} to {disk.Max:0.0}"));
        if (mode == LoadMode.Depth1 && shape.LatencyRatio is { } latency)
        {
            var floor = shape.SyncedWriteMicroseconds is null ? "F's p50" : "(F's p50 + a synced write)";
            to.WriteLine(Invariant($"{shape.Shape}: Wire's p50 / {floor} {latency.Median:0.00}, from {latency.Min:0.00} to {latency.Max:0.00}"));
        }

        var windows = shape.Repeats.SelectMany(r => new[] { r.F, r.Wire }).OfType<WindowResult>();
        foreach (var server in windows.Where(w => w.ClientCores >= w.ServerCores).Select(w => w.Server).Distinct())
            to.WriteLine($"{shape.Shape}: in some windows the client used more CPU than {server}: its figure is a lower bound");
    }

    private static void WriteAligned(List<string[]> rows, TextWriter to)
    {
        var widths = Enumerable.Range(0, Columns.Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        foreach (var row in rows)
            to.WriteLine(string.Join("  ", row.Select((cell, c) => c < 2 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))));
    }

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
