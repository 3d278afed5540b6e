namespace Wire.Load.Measurement;

/// <summary>All repeats of one shape.</summary>
internal sealed record ShapeResult(string Shape, IReadOnlyList<RepeatResult> Repeats)
{
    /// <summary>Of the repeats' ratios of messages a second.</summary>
    public Spread? Ratio => Spread.Of(Repeats.Select(r => r.Ratio));

    /// <summary>Of the repeats' ratios of messages a second with encryption to those without.</summary>
    public Spread? EncryptedRatio => Spread.Of(Repeats.Select(r => r.EncryptedRatio));

    /// <summary>Of the repeats' ratios of Wire's messages a second to each peer's, by its name.</summary>
    public IReadOnlyDictionary<string, Spread> PeerRatios => Repeats
        .SelectMany(r => r.Peers)
        .Select(window => window.Server)
        .Distinct()
        .Where(peer => Repeats.Any(r => r.RatioTo(peer) is not null))
        .ToDictionary(peer => peer, peer => Spread.Of(Repeats.Select(r => r.RatioTo(peer)))!.Value);

    /// <summary>Of the repeats' ratios of latencies.</summary>
    public Spread? LatencyRatio => Spread.Of(Repeats.Select(r => r.LatencyRatio));

    /// <summary>Of the repeats' server CPU time a message beyond F's.</summary>
    public Spread? NanosecondsBeyondF => Spread.Of(Repeats.Select(r => r.NanosecondsBeyondF));

    /// <summary>Of the repeats' synced writes.</summary>
    public Spread? SyncedWriteMicroseconds => Spread.Of(Repeats.Select(r => r.SyncedWriteMicroseconds));

    /// <summary>The servers that in some window used no more CPU than the client: what they did there is a lower bound.</summary>
    public IEnumerable<string> LimitedByClient() =>
        Repeats.SelectMany(r => r.Windows()).Where(w => w.ClientCores >= w.ServerCores).Select(w => w.Server).Distinct();
}
