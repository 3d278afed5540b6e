namespace Wire.Load.Measurement;

/// <summary>The percentiles of some latencies, each never less than the true one and at most 1/128 more.</summary>
internal sealed record LatencySummary
{
    /// <summary>How many latencies there were.</summary>
    public required long Count { get; init; }

    /// <summary>The median.</summary>
    public required double P50Microseconds { get; init; }

    /// <summary>The 75th percentile.</summary>
    public required double P75Microseconds { get; init; }

    /// <summary>The 90th percentile.</summary>
    public required double P90Microseconds { get; init; }

    /// <summary>The 99th percentile.</summary>
    public required double P99Microseconds { get; init; }

    /// <summary>The 99.9th percentile.</summary>
    public required double P999Microseconds { get; init; }

    /// <summary>The 99.99th percentile.</summary>
    public required double P9999Microseconds { get; init; }

    /// <summary>The longest.</summary>
    public required double MaxMicroseconds { get; init; }

    /// <summary>Of all that a histogram of nanoseconds holds.</summary>
    public static LatencySummary Of(LatencyHistogram latencies) => new()
    {
        Count = latencies.Count,
        P50Microseconds = latencies.ValueAt(0.5) / 1e3,
        P75Microseconds = latencies.ValueAt(0.75) / 1e3,
        P90Microseconds = latencies.ValueAt(0.9) / 1e3,
        P99Microseconds = latencies.ValueAt(0.99) / 1e3,
        P999Microseconds = latencies.ValueAt(0.999) / 1e3,
        P9999Microseconds = latencies.ValueAt(0.9999) / 1e3,
        MaxMicroseconds = latencies.ValueAt(1) / 1e3,
    };
}
