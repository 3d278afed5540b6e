using Wire.Load.Measurement;

namespace Wire.Load.Report.Sections;

/// <summary>Publishes acknowledged at both levels, and delivered.</summary>
internal static class PublishSection
{
    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var table = new MarkdownTable(
            "completed when", "shape", "F", "Wire", "Wire/F, median (lowest to highest)", "Wire's p50, p99", "server CPU a message", "beyond F", "allocated a message", "log a message");
        Add(table, "acknowledged, MEMORY, log on a memory disk", results.Loads("publish-memory"));
        Add(table, "acknowledged, DISK", results.Loads("publish-disk"));
        Add(table, "acknowledged, DISK, and delivered on another connection", results.Loads("deliver"));
        var settings = results.Loads("publish-memory").Concat(results.Loads("publish-disk")).Concat(results.Loads("deliver")).First().Settings;
        var charts = string.Concat(new[] { "memory", "disk" }.Where(level => results.Find($"publish-{level}") is not null).Select(
            level => $"\n![Messages a second by shape, {level.ToUpperInvariant()}](charts/throughput-{level}.svg)\n"));
        return $"{table}{charts}\n{Caption.Windows(settings)} {Caption.Of(results, "publish-memory", "publish-disk", "deliver")}";
    }

    private static void Add(MarkdownTable table, string what, IReadOnlyList<MeasurementReport> reports)
    {
        foreach (var shape in reports.SelectMany(report => report.Shapes))
        {
            table.Add(
                what, shape.Shape, Figures.Rate(shape.F(w => w.MessagesPerSecond)), Figures.Rate(shape.Wire(w => w.MessagesPerSecond)), Figures.Ratio(shape.Ratio),
                $"{Figures.Time(shape.Wire(w => w.P50Microseconds))}, {Figures.Time(shape.Wire(w => w.P99Microseconds))}",
                Figures.Nanoseconds(shape.Wire(w => w.ServerNanosecondsPerMessage)), Figures.Nanoseconds(shape.NanosecondsBeyondF?.Median),
                Figures.Bytes(shape.Wire(w => w.AllocatedBytesPerMessage)), Figures.Bytes(shape.Wire(w => w.LogBytesPerMessage)));
        }
    }
}
