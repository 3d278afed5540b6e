namespace Wire.Load.Recovery;

/// <summary>Starts over a log of one size.</summary>
/// <param name="Gigabytes">The size that was asked for, in 10^9 bytes.</param>
/// <param name="LogBytes">The size that it had.</param>
/// <param name="Sessions">Sessions in it.</param>
/// <param name="KilledMilliseconds">Starts after kill -9, process included.</param>
/// <param name="OrderlyMilliseconds">Starts after an orderly stop.</param>
/// <param name="WithoutSnapshotMilliseconds">Starts that read the whole log, if they were measured.</param>
/// <param name="MemoryBytesPerSession">What an idle server's own memory is larger by than with an empty log, a session.</param>
internal sealed record RecoveryStep(
    double Gigabytes,
    long LogBytes,
    long Sessions,
    List<double> KilledMilliseconds,
    List<double> OrderlyMilliseconds,
    List<double>? WithoutSnapshotMilliseconds,
    double MemoryBytesPerSession);
