using System.Diagnostics;
using System.Net;
using Wire.Load.Disk;
using Wire.Load.Engine;

namespace Wire.Load.Servers;

/// <summary>A Wire server that is running already, started by someone else.</summary>
/// <param name="endPoint">Where it listens.</param>
/// <param name="processId">Its process on this machine, whose CPU time is read from outside; null where it is elsewhere.</param>
/// <param name="dataPath">Its data folder, to see how the log grows; null where it is elsewhere.</param>
internal sealed class ExternalTarget(IPEndPoint endPoint, int? processId, string? dataPath) : ServerTarget
{
    /// <inheritdoc/>
    public override string Name => "Wire";

    /// <inheritdoc/>
    public override ILoadProtocol Protocol => WireProtocol.Ack;

    /// <inheritdoc/>
    public override IPEndPoint EndPoint => endPoint;

    /// <inheritdoc/>
    public override ServerStats? ReadStats()
    {
        if (processId is null)
            return null;
        using var process = Process.GetProcessById(processId.Value);
        return ServerStats.Of(process);
    }

    /// <inheritdoc/>
    public override long? ReadLogBytes() => dataPath is null ? null : DiskUsage.BytesUnder(dataPath);

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
