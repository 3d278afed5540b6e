namespace Wire.Load.Report.Charts;

/// <summary>The charts that can be drawn of results.</summary>
internal static class ChartCatalog
{
    private static readonly IReadOnlyList<(string File, string Measurement, Func<ResultFolder, ResultFile, string> Draw)> All =
    [
        ("throughput-memory.svg", "publish-memory", RateCharts.Memory),
        ("throughput-disk.svg", "publish-disk", RateCharts.Disk),
        ("encryption.svg", "encryption", RateCharts.Encryption),
        ("peers.svg", "peers", RateCharts.Peers),
        ("latency.svg", "open", LatencyCharts.ByLoad),
        ("percentiles.svg", "open", LatencyCharts.Percentiles),
        ("recovery.svg", "recovery", GrowthCharts.Recovery),
        ("payload.svg", "payload", GrowthCharts.Payload),
        ("sessions.svg", "sessions", GrowthCharts.Sessions),
        ("log-length.svg", "log-length", GrowthCharts.LogLength),
        ("connections.svg", "connections", GrowthCharts.Connections),
        ("memory.svg", "connect", GrowthCharts.Memory),
        ("followers.svg", "followers", GrowthCharts.Followers),
    ];

    /// <summary>The file names of all.</summary>
    public static IEnumerable<string> Names => All.Select(chart => chart.File);

    /// <summary>Draws those whose results are there, by their file names.</summary>
    /// <exception cref="LoadFailureException">A result is none.</exception>
    public static IReadOnlyDictionary<string, string> Render(ResultFolder results) => All
        .Where(chart => results.Find(chart.Measurement) is not null)
        .ToDictionary(chart => chart.File, chart => chart.Draw(results, results.Find(chart.Measurement)!));
}
