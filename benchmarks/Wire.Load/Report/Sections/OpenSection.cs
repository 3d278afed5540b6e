using System.Globalization;
using Wire.Load.Measurement;
using Wire.Load.OpenLoop;

namespace Wire.Load.Report.Sections;

/// <summary>Latency by load.</summary>
internal static class OpenSection
{
    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var report = results.Runs("open", OpenLoopJson.Default.OpenLoopReport)[0];
        var table = new MarkdownTable("shape", "load", "messages a second", "F: p50, p99, p99.9", "Wire: p50, p99, p99.9", "Wire's p99.99", "client's cores");
        foreach (var shape in report.Shapes)
        {
            foreach (var rate in shape.Rates)
            {
                table.Add(
                    shape.Shape.ToString(), rate.Load.ToString(CultureInfo.InvariantCulture), Figures.Rate(Figures.Median(rate.Asked.Select(asked => (double?)asked))),
                    Latencies(rate.F), Latencies(rate.Wire), Figures.Time(Figures.Median(rate.Wire.Select(w => (double?)w.Latency.P9999Microseconds))),
                    Figures.Median(rate.Wire.Select(w => (double?)w.ClientCores)) is { } cores ? Figures.Digits(cores) : Figures.None);
            }
        }

        var highest = report.Shapes.Select(shape =>
            $"Highest rate of {shape.Shape} in a closed loop: {Figures.Rate(Figures.Median(shape.Closed.Select(w => (double?)w.MessagesPerSecond)))}.");
        return $"{table}\n![Latency by load](charts/latency.svg)\n\n![Percentiles of Wire's latency by load](charts/percentiles.svg)\n\n{string.Join(' ', highest)} "
            + $"A publish that is due waits up to {Figures.Digits(report.Settings.Linger.TotalMilliseconds)} ms for those after it. {Caption.Windows(report.Settings.Repeats, report.Settings.Window)} {Caption.Of(results, "open")}";
    }

    private static string Latencies(List<WindowResult> windows)
    {
        return windows.Count == 0 ? Figures.None : $"{Median(w => w.P50Microseconds)}, {Median(w => w.P99Microseconds)}, {Median(w => w.P999Microseconds)}";

        string Median(Func<WindowResult, double?> value) => Figures.Time(Figures.Median(windows.Select(value)));
    }
}
