using System.Text.Json.Serialization;

namespace Wire.Load.Measurement;

/// <summary>One window on one server. A null stands for what cannot be known of that server.</summary>
internal sealed record WindowResult
{
    /// <summary>F or Wire.</summary>
    public required string Server { get; init; }

    /// <summary>Messages completed in the window.</summary>
    public required long Messages { get; init; }

    /// <summary>The window's true length.</summary>
    public required double Seconds { get; init; }

    /// <summary>Messages completed a second.</summary>
    public required double MessagesPerSecond { get; init; }

    /// <summary>Messages completed for each read of the client's that brought bytes.</summary>
    public required double MessagesPerRead { get; init; }

    /// <summary>
    /// The time from a batch's sending to a message's completion; in an open loop, from when the message was to be sent.
    /// </summary>
    public required LatencySummary Latency { get; init; }

    /// <summary>All of it, as long as the program runs.</summary>
    [JsonIgnore]
    public LatencyHistogram? Latencies { get; init; }

    /// <summary>Median of <see cref="Latency"/>.</summary>
    [JsonIgnore]
    public double P50Microseconds => Latency.P50Microseconds;

    /// <summary>The 99th percentile of it.</summary>
    [JsonIgnore]
    public double P99Microseconds => Latency.P99Microseconds;

    /// <summary>The 99.9th percentile of it.</summary>
    [JsonIgnore]
    public double P999Microseconds => Latency.P999Microseconds;

    /// <summary>The longest.</summary>
    [JsonIgnore]
    public double MaxMicroseconds => Latency.MaxMicroseconds;

    /// <summary>CPU time of the client for each message.</summary>
    public required double ClientNanosecondsPerMessage { get; init; }

    /// <summary>How many cores the client kept busy.</summary>
    public required double ClientCores { get; init; }

    /// <summary>CPU time of the server for each message.</summary>
    public double? ServerNanosecondsPerMessage { get; init; }

    /// <summary>How many cores the server kept busy.</summary>
    public double? ServerCores { get; init; }

    /// <summary>Managed bytes that the server allocated for each message, in the window.</summary>
    public double? AllocatedBytesPerMessage { get; init; }

    /// <summary>The same over the whole run: connections, handshakes, new sessions, warm-up, window, drain, close.</summary>
    public double? WholeRunAllocatedBytesPerMessage { get; init; }

    /// <summary>Bytes that the log grew by for each message of the whole run.</summary>
    public double? LogBytesPerMessage { get; init; }

    /// <summary>How long the log was when the window began.</summary>
    public long? LogBytesBefore { get; init; }

    /// <summary>Resident memory of the server at the window's end.</summary>
    public long? ServerMemoryBytes { get; init; }
}
