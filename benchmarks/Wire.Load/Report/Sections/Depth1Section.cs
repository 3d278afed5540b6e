using Wire.Load.Measurement;

namespace Wire.Load.Report.Sections;

/// <summary>One publish at a time.</summary>
internal static class Depth1Section
{
    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var report = results.Loads("depth1")[0];
        var table = new MarkdownTable("server", "p50", "p90", "p99", "p99.9", "longest");
        foreach (var shape in report.Shapes)
        {
            Add(table, "F", shape.F);
            Add(table, "Wire", shape.Wire);
        }

        var sentences = report.Shapes.Select(shape =>
            $"A synced write of 4 KiB takes {Figures.Time(shape.SyncedWriteMicroseconds?.Median)}; Wire's p50 is {Figures.Ratio(shape.LatencyRatio)} times the sum of that and F's p50.");
        return $"{table}\n{string.Join('\n', sentences)} {Caption.Windows(report.Settings)} {Caption.Of(results, "depth1")}";
    }

    private static void Add(MarkdownTable table, string server, Func<Func<WindowResult, double?>, double?> median) => table.Add(
        server, Figures.Time(median(w => w.P50Microseconds)), Figures.Time(median(w => w.Latency.P90Microseconds)), Figures.Time(median(w => w.P99Microseconds)),
        Figures.Time(median(w => w.P999Microseconds)), Figures.Time(median(w => w.MaxMicroseconds)));
}
