using Wire.Cli.Measurement;

namespace Wire.Cli.Replay;

/// <summary>What a replay came to.</summary>
internal sealed record ReplayReport
{
    /// <summary>More faults than these are counted and not shown.</summary>
    private const int ShownFaults = 20;

    public required bool AllEqual { get; init; }

    public required int Dialogues { get; init; }

    public required int Messages { get; init; }

    /// <summary>Messages that were read back and compared.</summary>
    public required int Checked { get; init; }

    public required int FaultCount { get; init; }

    public required IReadOnlyList<string> Faults { get; init; }

    public required string Prefix { get; init; }

    public required double Seconds { get; init; }

    public required double MessagesPerSecond { get; init; }

    public required int LostConnections { get; init; }

    public required int StoredBefore { get; init; }

    public required Latencies PublishToAck { get; init; }

    public required Latencies PublishToSeen { get; init; }

    public static ReplayReport Of(ReplayOptions options, ReplayProgress progress, TimeSpan spoken, int lostConnections) => new()
    {
        AllEqual = progress.Faults.Count == 0 && progress.Checked == progress.Messages && progress.Spoken == progress.Messages,
        Dialogues = progress.Dialogues,
        Messages = progress.Messages,
        Checked = progress.Checked,
        FaultCount = progress.Faults.Count,
        Faults = [.. progress.Faults.Take(ShownFaults)],
        Prefix = options.Prefix,
        Seconds = spoken.TotalSeconds,
        MessagesPerSecond = progress.Spoken / spoken.TotalSeconds,
        LostConnections = lostConnections,
        StoredBefore = progress.Repeated,
        PublishToAck = Latencies.Of(progress.Answered),
        PublishToSeen = Latencies.Of(progress.Seen),
    };

    public IEnumerable<string> Lines()
    {
        var what = $"{Dialogues} dialogues, {Messages} messages";
        yield return AllEqual ? $"{what}: all in order and equal" : $"{what}: NOT all equal, {Checked} read back, {FaultCount} faults";
        foreach (var fault in Faults)
            yield return $"  {fault}";
        if (FaultCount > Faults.Count)
            yield return $"  … and {FaultCount - Faults.Count} more";

        var time = Format.Seconds(TimeSpan.FromSeconds(Seconds));
        var lost = LostConnections == 0 ? "" : $", {LostConnections} connections lost on the way";
        if (StoredBefore > 0)
            lost += $", {StoredBefore} sent again though stored";
        yield return $"  sessions       {Prefix}/…";
        yield return $"  rate           {Format.Rate(MessagesPerSecond)} messages/s, {time}{lost}";
        yield return $"  publish → ack  {PublishToAck}";
        yield return $"  publish → seen {PublishToSeen}";
    }
}
