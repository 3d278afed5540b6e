namespace Wire.Load.Engine;

/// <summary>
/// When each publish of a connection is to be sent, whatever has been answered: an open loop. Latencies count from these times,
/// so that a server, or a client, that falls behind cannot hide how long messages waited to be sent (Tene's "coordinated
/// omission").
/// </summary>
/// <param name="interval">Between two publishes, in nanoseconds.</param>
/// <param name="offset">Of the first one, in nanoseconds, so that connections do not send at the same time.</param>
internal sealed class SendSchedule(double interval, double offset)
{
    private double _first = double.PositiveInfinity;

    /// <summary>The load begins now.</summary>
    public void Begin(long nanoseconds) => _first = nanoseconds + offset;

    /// <summary>How many publishes should have been sent by now.</summary>
    public long Due(long nanoseconds) => nanoseconds < _first ? 0 : (long)((nanoseconds - _first) / interval) + 1;

    /// <summary>When a publish is to be sent; the first one has number 0.</summary>
    public long TimeOf(long number) => (long)(_first + (number * interval));
}
