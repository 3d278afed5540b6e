using System.Text.Json.Serialization;

namespace Wire.Load.Servers;

/// <summary>What a server process has used up to one moment.</summary>
/// <param name="CpuNanoseconds">User and kernel time of the process.</param>
/// <param name="AllocatedBytes">Managed bytes allocated by all threads; null where only the process is known, from outside.</param>
/// <param name="WorkingSetBytes">Resident memory.</param>
internal sealed record ServerStats(long CpuNanoseconds, long? AllocatedBytes, long WorkingSetBytes)
{
    /// <summary>This process's.</summary>
    public static ServerStats OfThisProcess() => new(
        (long)Environment.CpuUsage.TotalTime.TotalNanoseconds,
        GC.GetTotalAllocatedBytes(precise: true),
        Environment.WorkingSet);
}

/// <summary>How <see cref="ServerStats"/> are written on a line.</summary>
[JsonSerializable(typeof(ServerStats))]
internal sealed partial class ServerStatsJson : JsonSerializerContext;
