namespace Wire.Load.Engine;

/// <summary>What the engines had counted at one moment.</summary>
/// <param name="Nanoseconds">The moment, by <see cref="MonotonicClock"/>.</param>
/// <param name="Completed">Messages answered and, where someone follows, delivered.</param>
/// <param name="Reads">Reads that brought bytes.</param>
internal readonly record struct LoadCounters(long Nanoseconds, long Completed, long Reads);
