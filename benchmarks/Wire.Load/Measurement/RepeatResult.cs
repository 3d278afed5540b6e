namespace Wire.Load.Measurement;

/// <summary>One repeat: F's window and Wire's, right after each other, that of the Wire that encrypts, and those of the peers.</summary>
internal sealed record RepeatResult
{
    /// <summary>F's window, if it was measured.</summary>
    public WindowResult? F { get; init; }

    /// <summary>Wire's window, if it was measured.</summary>
    public WindowResult? Wire { get; init; }

    /// <summary>The window of the Wire that encrypts, if it was measured.</summary>
    public WindowResult? Encrypted { get; init; }

    /// <summary>The windows of the peers that were measured.</summary>
    public IReadOnlyList<WindowResult> Peers { get; init; } = [];

    /// <summary>Median of one synced write of 4 KiB between the two, if it was measured.</summary>
    public double? SyncedWriteMicroseconds { get; init; }

    /// <summary>Wire's messages a second over F's.</summary>
    public double? Ratio => Wire?.MessagesPerSecond / F?.MessagesPerSecond;

    /// <summary>Messages a second with encryption over those without.</summary>
    public double? EncryptedRatio => Encrypted?.MessagesPerSecond / Wire?.MessagesPerSecond;

    /// <summary>Wire's messages a second over those of a peer.</summary>
    public double? RatioTo(string peer) => Wire?.MessagesPerSecond / Peers.FirstOrDefault(window => window.Server == peer)?.MessagesPerSecond;

    /// <summary>Wire's median latency over what it cannot be without: F's, and a synced write where that was measured.</summary>
    public double? LatencyRatio => Wire?.P50Microseconds / (F?.P50Microseconds + (SyncedWriteMicroseconds ?? 0));

    /// <summary>Server CPU time a message beyond F's, in nanoseconds.</summary>
    public double? NanosecondsBeyondF => Wire?.ServerNanosecondsPerMessage - F?.ServerNanosecondsPerMessage;

    /// <summary>All windows, in the order in which they were measured.</summary>
    public IEnumerable<WindowResult> Windows() => new[] { F, Wire, Encrypted }.OfType<WindowResult>().Concat(Peers);
}
