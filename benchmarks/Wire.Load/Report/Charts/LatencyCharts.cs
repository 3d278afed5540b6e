using Wire.Load.Measurement;
using Wire.Load.OpenLoop;

namespace Wire.Load.Report.Charts;

/// <summary>Latencies in the open loop.</summary>
internal static class LatencyCharts
{
    private static readonly ChartAxis Latency = new("latency, from when it was due", value => Figures.Time(value));

    private static readonly ChartColor[] LoadColors = [ChartColor.Teal, ChartColor.Blue, ChartColor.Purple, ChartColor.Ochre, ChartColor.Orange, ChartColor.Red];

    /// <summary>Percentiles of Wire and F, by load.</summary>
    public static string ByLoad(ResultFolder results, ResultFile file)
    {
        var shape = results.Runs("open", OpenLoopJson.Default.OpenLoopReport)[0].Shapes[0];
        return new LineChart(
            $"Latency by load, {shape.Shape}, DISK", Note(shape, file), new ChartAxis("messages asked for a second", value => Figures.Scaled(value)), Latency,
            [
                Series("Wire p50", ChartColor.Blue, null, shape, rate => rate.Wire, w => w.P50Microseconds),
                Series("Wire p99", ChartColor.Blue, "7 4", shape, rate => rate.Wire, w => w.P99Microseconds),
                Series("Wire p99.9", ChartColor.Blue, "2 4", shape, rate => rate.Wire, w => w.P999Microseconds),
                Series("F p50", ChartColor.Grey, null, shape, rate => rate.F, w => w.P50Microseconds),
                Series("F p99", ChartColor.Grey, "7 4", shape, rate => rate.F, w => w.P99Microseconds),
                Series("F p99.9", ChartColor.Grey, "2 4", shape, rate => rate.F, w => w.P999Microseconds),
            ]).Draw();
    }

    /// <summary>All percentiles of Wire, a line for each load.</summary>
    public static string Percentiles(ResultFolder results, ResultFile file)
    {
        var shape = results.Runs("open", OpenLoopJson.Default.OpenLoopReport)[0].Shapes[0];
        // Drawn by how many messages there are to one that takes longer, so that each nine is as wide as the one before.
        double[] marks = [1, 2, 10, 100, 1000, 10_000, 100_000];
        var last = shape.Rates.SelectMany(rate => rate.WireCurve).Where(point => point.Percentile < 100).Select(point => OneIn(point.Percentile)).DefaultIfEmpty(2).Max();
        return new LineChart(
            $"Percentiles of Wire's latency by load, {shape.Shape}, DISK", Note(shape, file),
            new ChartAxis("percentile", oneIn => $"{Math.Round(100 - (100 / oneIn), 4)}%") { Marks = [.. marks.Where(mark => mark <= last * 1.01)] }, Latency,
            [
                .. shape.Rates.Select((rate, i) => new ChartSeries(
                    $"{Figures.Digits(rate.Load * 100)}% of the highest rate", LoadColors[i % LoadColors.Length],
                    [.. rate.WireCurve.Where(point => point.Percentile < 100).Select(point => (OneIn(point.Percentile), point.Microseconds))])),
            ]).Draw();
    }

    // Where a server fell behind, its latencies are of the window's length and not of the load.
    private static string Note(OpenLoopShape shape, ResultFile file)
    {
        var notes = new[] { Behind("Wire", rate => rate.Wire), Behind("F", rate => rate.F) }.Where(note => note.Length > 0);
        return string.Join("; ", [Caption.Short(file), .. notes]);

        string Behind(string server, Func<OpenLoopRate, List<WindowResult>> windows)
        {
            var loads = shape.Rates.Where(rate => rate.FellBehind(windows(rate)) > 0).Select(rate => $"{Figures.Digits(rate.Load * 100)}%").ToList();
            return loads.Count == 0 ? "" : $"{server} fell behind at {string.Join(", ", loads)}";
        }
    }

    private static double OneIn(double percentile) => 100 / (100 - percentile);

    private static ChartSeries Series(
        string name, ChartColor color, string? dashes, OpenLoopShape shape, Func<OpenLoopRate, List<WindowResult>> windows, Func<WindowResult, double?> value) => new(
        name, color,
        [
            .. from rate in shape.Rates
               where windows(rate).Count > 0
               select (Figures.Median(rate.Asked.Select(asked => (double?)asked))!.Value, Figures.Median(windows(rate).Select(value))!.Value),
        ])
        { Dashes = dashes };
}
