using Wire.Cli.Measurement;

namespace Wire.Cli.Load;

/// <summary>What a load came to, in the time that was measured.</summary>
internal sealed record LoadReport(
    int Connections,
    int Depth,
    int PayloadBytes,
    string Durability,
    double Seconds,
    long Messages,
    double MessagesPerSecond,
    int LostConnections,
    Latencies PublishToAck)
{
    public IEnumerable<string> Lines()
    {
        yield return $"{Connections} connections x {Depth} unanswered, {PayloadBytes} bytes each, answered at level {Durability}";
        var lost = LostConnections == 0 ? "" : $", {LostConnections} connections lost on the way";
        var time = Format.Seconds(TimeSpan.FromSeconds(Seconds));
        yield return $"  rate           {Format.Rate(MessagesPerSecond)} messages/s, {time}{lost}";
        yield return $"  publish → ack  {PublishToAck}";
    }
}
