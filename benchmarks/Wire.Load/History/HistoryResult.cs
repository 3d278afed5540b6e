using Wire.Load.Measurement;

namespace Wire.Load.History;

/// <summary>Windows of one kind.</summary>
/// <param name="Windows">Each of them.</param>
/// <param name="Latency">Of all Fetches of all windows.</param>
/// <param name="Caches">How the caches were dropped before each window, or that they were not; null where they were not to be.</param>
internal sealed record HistoryResult(IReadOnlyList<HistoryWindow> Windows, LatencySummary Latency, string? Caches);
