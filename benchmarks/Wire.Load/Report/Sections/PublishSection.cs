using Wire.Load.Measurement;

namespace Wire.Load.Report.Sections;

/// <summary>Publishes acknowledged at both levels, and delivered.</summary>
internal static class PublishSection
{
    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var table = new MarkdownTable(
            "completed when", "shape", "F (lowest to highest)", "Wire", "Wire/F, median (lowest to highest)", "Wire's p50, p99", "server CPU a message", "beyond F", "allocated a message", "log a message");
        var (memory, disk, delivered) = (results.Loads("publish-memory"), results.Loads("publish-disk"), results.Loads("deliver"));
        Add(table, "acknowledged, MEMORY, log on a memory disk", memory);
        Add(table, "acknowledged, DISK", disk);
        Add(table, "acknowledged, DISK, and delivered on another connection", delivered);
        var settings = memory.Concat(disk).Concat(delivered).First().Settings;
        var limit = ClientLimit.Of([.. Rows("MEMORY", memory), .. Rows("DISK", disk), .. Rows("delivered", delivered)]);
        var charts = string.Concat(new[] { "memory", "disk" }.Where(level => results.Find($"publish-{level}") is not null).Select(
            level => $"\n![Messages a second by shape, {level.ToUpperInvariant()}](charts/throughput-{level}.svg)\n"));
        return $"{table}{charts}\n{Caption.Windows(settings)} {limit}{Caption.Of(results, "publish-memory", "publish-disk", "deliver")}";
    }

    private static IEnumerable<(string Row, ShapeResult Shape)> Rows(string what, IReadOnlyList<MeasurementReport> reports) =>
        reports.SelectMany(report => report.Shapes).Select(shape => ($"{what} {shape.Shape}", shape));

    private static void Add(MarkdownTable table, string what, IReadOnlyList<MeasurementReport> reports)
    {
        foreach (var shape in reports.SelectMany(report => report.Shapes))
        {
            table.Add(
                what, shape.Shape, Figures.Rate(shape.RateOfF()), Figures.Rate(shape.Wire(w => w.MessagesPerSecond)), Figures.Ratio(shape.Ratio),
                $"{Figures.Time(shape.Wire(w => w.P50Microseconds))}, {Figures.Time(shape.Wire(w => w.P99Microseconds))}",
                Figures.Nanoseconds(shape.Wire(w => w.ServerNanosecondsPerMessage)), Figures.Nanoseconds(shape.NanosecondsBeyondF?.Median),
                Figures.Bytes(shape.Wire(w => w.AllocatedBytesPerMessage)), Figures.Bytes(shape.Wire(w => w.LogBytesPerMessage)));
        }
    }
}
