using Wire.Load.Measurement;

namespace Wire.Load.History;

/// <summary>One window.</summary>
/// <param name="QueriesPerSecond">Pages a second.</param>
/// <param name="ServerNanosecondsPerQuery">CPU time of the server for each.</param>
/// <param name="ClientNanosecondsPerQuery">CPU time of the client for each.</param>
/// <param name="AllocatedBytesPerQuery">Managed bytes that the server allocated for each.</param>
/// <param name="Latency">From a Fetch to its Page.</param>
internal sealed record HistoryWindow(
    double QueriesPerSecond,
    double ServerNanosecondsPerQuery,
    double ClientNanosecondsPerQuery,
    double? AllocatedBytesPerQuery,
    LatencySummary Latency);
