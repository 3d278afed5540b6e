namespace Wire.Transport.Connections;

/// <summary>
/// The time that the heartbeat shows to all connections: read as often as they like for the price of a field, and as fine as
/// the heartbeat's period.
/// </summary>
/// <remarks>
/// One step never counts for more than two periods. So the time for which the whole process stood still, with bytes waiting in
/// its sockets, is nobody's silence.
/// </remarks>
internal sealed class CoarseClock(TimeProvider time, TimeSpan period)
{
    private readonly long _maxStep = 2 * Math.Max(1, (long)period.TotalMilliseconds);
    private long _lastTimestamp = time.GetTimestamp();
    private long _now;

    /// <summary>Milliseconds since the start. Any thread.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>Moves on. For the heartbeat alone.</summary>
    public void Advance()
    {
        var timestamp = time.GetTimestamp();
        var elapsed = (long)time.GetElapsedTime(_lastTimestamp, timestamp).TotalMilliseconds;
        if (elapsed <= 0)
            return;

        // Not to the timestamp itself: the fraction of a millisecond is kept for the next step.
        _lastTimestamp += elapsed * time.TimestampFrequency / 1000;
        Volatile.Write(ref _now, _now + Math.Min(elapsed, _maxStep));
    }
}
