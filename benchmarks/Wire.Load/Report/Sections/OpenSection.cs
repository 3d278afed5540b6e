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
        var table = new MarkdownTable(
            "shape", "load", "asked for", "F did", "F: p50, p99, p99.9", "Wire did", "Wire: p50, p99, p99.9", "Wire's p99.99", "client's cores");
        foreach (var shape in report.Shapes)
        {
            foreach (var rate in shape.Rates)
            {
                table.Add(
                    shape.Shape.ToString(), rate.Load.ToString(CultureInfo.InvariantCulture), Figures.Rate(Asked(rate)), Done(rate, rate.F), Latencies(rate.F),
                    Done(rate, rate.Wire), Latencies(rate.Wire), Figures.Time(Figures.Median(rate.Wire.Select(w => (double?)w.Latency.P9999Microseconds))),
                    Figures.Median(rate.Wire.Select(w => (double?)w.ClientCores)) is { } cores ? Figures.Digits(cores) : Figures.None);
            }
        }

        string[] sentences =
        [
            .. report.Shapes.Select(shape => $"Highest rate of {shape.Shape} in a closed loop: {Figures.Rate(Figures.Median(shape.Closed.Select(w => (double?)w.MessagesPerSecond)))}."),
            $"A publish that is due waits up to {Figures.Digits(report.Settings.Linger.TotalMilliseconds)} ms for those after it.",
            .. FellBehind(report), .. report.Shapes.Select(shape => Unanswered(report.Settings, shape)),
            Caption.Windows(report.Settings.Repeats, report.Settings.Window), Caption.Of(results, "open"),
        ];
        return $"{table}\n![Latency by load](charts/latency.svg)\n\n![Percentiles of Wire's latency by load](charts/percentiles.svg)\n\n{string.Join(' ', sentences)}";
    }

    private static double? Asked(OpenLoopRate rate) => Figures.Median(rate.Asked.Select(asked => (double?)asked));

    private static string Done(OpenLoopRate rate, List<WindowResult> windows)
    {
        var behind = rate.FellBehind(windows);
        return Figures.Rate(Figures.Median(windows.Select(w => (double?)w.MessagesPerSecond))) + (behind == 0 ? "" : $", **fell behind** in {behind} of {windows.Count}");
    }

    private static IEnumerable<string> FellBehind(OpenLoopReport report)
    {
        if (report.Shapes.SelectMany(shape => shape.Rates).Any(rate => rate.FellBehind(rate.F) + rate.FellBehind(rate.Wire) > 0))
        {
            yield return "Where a server fell behind, its latencies grow with the window's length and are no property of the load; "
                + "what it had not answered when the window ended is missing from them.";
        }
    }

    // A server that takes longer than this is no longer asked at a rate of somebody else's: the client waits for it.
    private static string Unanswered(OpenLoopSettings settings, OpenLoopShape shape)
    {
        var all = (double)settings.MostUnanswered * shape.Shape.Connections;
        var last = shape.Rates.MaxBy(rate => rate.Load)!;
        return $"A connection of {shape.Shape} has at most {Figures.Count(settings.MostUnanswered)} publishes unanswered, {Figures.Count(all)} in all: "
            + $"{Figures.Time(all / Asked(last) * 1e6)} of what is asked for at {last.Load.ToString(CultureInfo.InvariantCulture)}. Where latencies come to that, sends were held back, and the load was no longer open.";
    }

    private static string Latencies(List<WindowResult> windows)
    {
        return windows.Count == 0 ? Figures.None : $"{Median(w => w.P50Microseconds)}, {Median(w => w.P99Microseconds)}, {Median(w => w.P999Microseconds)}";

        string Median(Func<WindowResult, double?> value) => Figures.Time(Figures.Median(windows.Select(value)));
    }
}
