namespace Wire.Cli.Measurement;

/// <summary>What a histogram comes to, in milliseconds.</summary>
internal sealed record Latencies(long Count, double P50Ms, double P99Ms, double MaxMs)
{
    public static Latencies Of(LatencyHistogram histogram) => new(
        histogram.Count,
        histogram.Quantile(0.5).TotalMilliseconds,
        histogram.Quantile(0.99).TotalMilliseconds,
        histogram.Max.TotalMilliseconds);

    public override string ToString()
        => $"p50 {Of(P50Ms)}, p99 {Of(P99Ms)}, max {Of(MaxMs)}";

    private static string Of(double milliseconds) => Format.Milliseconds(TimeSpan.FromMilliseconds(milliseconds));
}
