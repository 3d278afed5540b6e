using Wire.Load.Measurement;

namespace Wire.Load.Report.Sections;

/// <summary>Messages that a handler answers.</summary>
internal static class TurnsSection
{
    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var reports = results.Loads("turns");
        var table = new MarkdownTable("shape", "log in", "turns a second", "p50", "p99", "p99.9", "server CPU a turn");
        var limits = new List<(string Row, ShapeResult Shape)>();
        foreach (var report in reports)
        {
            foreach (var shape in report.Shapes)
            {
                var name = report.Settings.Sessions == 0 ? shape.Shape : $"{shape.Shape}, {Figures.Count(report.Settings.Sessions)} sessions";
                var place = report.Settings.DataPath is { } path ? $"`{path}`" : "the current folder";
                limits.Add(($"{name} in {place}", shape));
                table.Add(
                    name, place,
                    Figures.Rate(shape.Wire(w => w.MessagesPerSecond)), Figures.Time(shape.Wire(w => w.P50Microseconds)), Figures.Time(shape.Wire(w => w.P99Microseconds)),
                    Figures.Time(shape.Wire(w => w.P999Microseconds)), Figures.Nanoseconds(shape.Wire(w => w.ServerNanosecondsPerMessage)));
            }
        }

        return $"{table}\n{Caption.Windows(reports[0].Settings)} {ClientLimit.Of(limits)}{Caption.Of(results, "turns")}";
    }
}
