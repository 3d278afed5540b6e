namespace Wire.Load.Engine;

/// <summary>What the engines had counted at one moment.</summary>
/// <param name="Nanoseconds">The moment, by <see cref="MonotonicClock"/>.</param>
/// <param name="Completed">Messages answered and, where someone follows, delivered.</param>
/// <param name="Reads">Reads that brought bytes.</param>
/// <param name="LeastCompleted">The fewest of <paramref name="Completed"/> of any connection that publishes.</param>
/// <param name="CpuNanoseconds">User and kernel time of the client, all its processes together.</param>
internal readonly record struct LoadCounters(long Nanoseconds, long Completed, long Reads, long LeastCompleted, long CpuNanoseconds)
{
    /// <summary>User and kernel time of this process.</summary>
    public static long CpuOfThisProcess => (long)Environment.CpuUsage.TotalTime.TotalNanoseconds;
}
