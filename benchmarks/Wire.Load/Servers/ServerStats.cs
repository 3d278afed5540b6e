using System.Diagnostics;
using System.Text.Json.Serialization;
using Wire.Log;

namespace Wire.Load.Servers;

/// <summary>What a server process has used up to one moment.</summary>
/// <param name="CpuNanoseconds">User and kernel time of the process.</param>
/// <param name="AllocatedBytes">Managed bytes allocated by all threads; null where only the process is known, from outside.</param>
/// <param name="WorkingSetBytes">Resident memory.</param>
/// <param name="HeapBytes">Managed memory in use as of the last collection; null as above.</param>
/// <param name="LogBytes">Everything that was ever written to its log; null where there is none or it is not known.</param>
internal sealed record ServerStats(long CpuNanoseconds, long? AllocatedBytes, long WorkingSetBytes, long? HeapBytes, long? LogBytes)
{
    /// <summary>This process's.</summary>
    /// <param name="log">Its log, or null.</param>
    public static ServerStats OfThisProcess(IMessageLog? log) => new(
        (long)Environment.CpuUsage.TotalTime.TotalNanoseconds,
        GC.GetTotalAllocatedBytes(precise: true),
        Environment.WorkingSet,
        GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes,
        // The log's addresses are positions in one stream of bytes.
        log?.DurableAddress);

    /// <summary>Another's, as the system knows them from outside: to its clock tick, 10 ms on Linux.</summary>
    public static ServerStats Of(Process process)
    {
        process.Refresh();
        return new ServerStats((long)process.TotalProcessorTime.TotalNanoseconds, null, process.WorkingSet64, HeapBytes: null, LogBytes: null);
    }
}

/// <summary>How <see cref="ServerStats"/> are written on a line.</summary>
[JsonSerializable(typeof(ServerStats))]
internal sealed partial class ServerStatsJson : JsonSerializerContext;
