using Wire.Load.Measurement;

namespace Wire.Load.Report.Sections;

/// <summary>How the cost of a publish grows with something.</summary>
internal static class CurveSection
{
    /// <summary>Where each command has another value of it.</summary>
    /// <param name="results">What was measured.</param>
    /// <param name="measurement">The measurement.</param>
    /// <param name="chart">Its chart's file without <c>.svg</c>.</param>
    /// <param name="column">What grows.</param>
    /// <param name="value">The value of a command.</param>
    public static string OfRuns(ResultFolder results, string measurement, string chart, string column, Func<MeasurementReport, string> value) =>
        Render(results, measurement, chart, column, results.Loads(measurement).SelectMany(report => report.Shapes.Select(shape => (value(report), shape))));

    /// <summary>Where each shape has another number of connections.</summary>
    public static string OfShapes(ResultFolder results, string measurement) => Render(
        results, measurement, measurement, "Connections",
        results.Loads(measurement).SelectMany(report => report.Shapes.Select(shape => (Figures.Count(Shape.Parse(shape.Shape).Connections), shape))));

    private static string Render(ResultFolder results, string measurement, string chart, string column, IEnumerable<(string Value, ShapeResult Shape)> rows)
    {
        var all = rows.ToList();
        var table = new MarkdownTable(
            column, "shape", "F (lowest to highest)", "Wire", "Wire/F, median (lowest to highest)", "Wire's p50, p99", "server CPU a message, F", "Wire");
        foreach (var (value, shape) in all)
        {
            table.Add(
                value, shape.Shape, Figures.Rate(shape.RateOfF()), Figures.Rate(shape.Wire(w => w.MessagesPerSecond)), Figures.Ratio(shape.Ratio),
                $"{Figures.Time(shape.Wire(w => w.P50Microseconds))}, {Figures.Time(shape.Wire(w => w.P99Microseconds))}",
                Figures.Nanoseconds(shape.F(w => w.ServerNanosecondsPerMessage)), Figures.Nanoseconds(shape.Wire(w => w.ServerNanosecondsPerMessage)));
        }

        return $"{table}\n![Publishes by {column.ToLowerInvariant()}](charts/{chart}.svg)\n\n{Caption.Windows(results.Loads(measurement)[0].Settings)} "
            + $"{ClientLimit.Of(all.Select(row => ($"{column.ToLowerInvariant()} {row.Value}", row.Shape)))}{Caption.Of(results, measurement)}";
    }
}
