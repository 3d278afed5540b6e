namespace Wire.Load.Measurement;

/// <summary>A point of a percentile curve.</summary>
/// <param name="Percentile">From 0, the shortest latency, to 100, the longest.</param>
/// <param name="Microseconds">What that share of all latencies does not exceed.</param>
internal readonly record struct PercentilePoint(double Percentile, double Microseconds)
{
    // Each step halves, or nearly so, the distance to 100, as HdrHistogram's percentile distribution does.
    private static readonly double[] Percentiles =
        [0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.975, 99.99, 99.995, 99.999, 100];

    /// <summary>The curve of all latencies of some histograms together; no points where nothing was measured.</summary>
    /// <remarks>It leaves out what the count cannot tell from the longest: of 1,000 latencies there is no 99.99th percentile.</remarks>
    public static IReadOnlyList<PercentilePoint> CurveOf(IEnumerable<LatencyHistogram> histograms)
    {
        var all = new LatencyHistogram();
        foreach (var histogram in histograms)
            all.Add(histogram);
        return all.Count == 0
            ? []
            : [.. Percentiles.Where(p => p == 100 || (1 - (p / 100)) * all.Count >= 1).Select(p => new PercentilePoint(p, all.ValueAt(p / 100) / 1e3))];
    }
}
