namespace Wire.Load.Engine;

/// <summary>
/// When each publish of a connection is due, whatever has been answered: an open loop. Latencies count from these times, so that
/// neither a server that falls behind, nor a client that does or that gathers, can hide how long messages waited to be sent
/// (Tene's "coordinated omission").
/// </summary>
/// <param name="interval">Between two publishes, in nanoseconds.</param>
/// <param name="share">0 to 1: this connection's place among all, so that they do not send at the same time.</param>
/// <param name="linger">How long at most a publish that is due waits for those after it, to be sent with them, in nanoseconds; 0: not.</param>
internal sealed class SendSchedule(double interval, double share, double linger = 0)
{
    private double _begin = double.PositiveInfinity;
    private double _first = double.PositiveInfinity;

    /// <summary>The load begins now.</summary>
    public void Begin(long nanoseconds) => (_begin, _first) = (nanoseconds + (linger * share), nanoseconds + (interval * share));

    /// <summary>How many publishes should have been sent by now.</summary>
    public long ToBeSent(long nanoseconds)
    {
        if (nanoseconds < _first)
            return 0;
        var until = linger > 0 ? _begin + (Math.Floor((nanoseconds - _begin) / linger) * linger) : nanoseconds;
        return until < _first ? 0 : (long)((until - _first) / interval) + 1;
    }

    /// <summary>When a publish is due; the first one has number 0.</summary>
    public long Due(long number) => (long)(_first + (number * interval));

    /// <summary>When it is to be sent.</summary>
    public long SendTime(long number) =>
        linger > 0 ? (long)Math.Ceiling(_begin + (Math.Ceiling((_first + (number * interval) - _begin) / linger) * linger)) : Due(number);
}
