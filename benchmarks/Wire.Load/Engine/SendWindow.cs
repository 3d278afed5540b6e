using Wire.Load.Measurement;

namespace Wire.Load.Engine;

/// <summary>The publishes of one connection that are under way: never more than its depth.</summary>
/// <param name="depth">How many may be sent and not over.</param>
/// <param name="isFollowed">Whether a publish is over only once another connection has got it, too.</param>
internal sealed class SendWindow(int depth, bool isFollowed = false)
{
    private readonly BatchTimes _times = new(depth);

    /// <summary>Publishes sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Those that were answered.</summary>
    public long Answered { get; private set; }

    /// <summary>Those that came to who follows.</summary>
    public long Delivered { get; private set; }

    /// <summary>Those that are over, as far as <see cref="Complete"/> has looked.</summary>
    public long Completed { get; private set; }

    /// <summary>Those whose answer is due.</summary>
    public long Unanswered => Sent - Answered;

    /// <summary>Takes all the room that there is for publishes that are sent now.</summary>
    /// <returns>How many.</returns>
    public int Fill(long nanoseconds)
    {
        var count = (int)(depth - (Sent - Completed));
        if (count > 0)
            _times.Sent(count, nanoseconds);
        Sent += count;
        return count;
    }

    /// <summary>Notes answers; the caller has checked that they were due.</summary>
    public void Answer(long count) => Answered += count;

    /// <summary>Notes messages that came to who follows.</summary>
    public void Deliver(long count) => Delivered += count;

    /// <summary>Counts what is over since the last call, which makes room.</summary>
    /// <param name="nanoseconds">Now.</param>
    /// <param name="histogram">Where its latencies go, or null.</param>
    /// <returns>How many.</returns>
    public long Complete(long nanoseconds, LatencyHistogram? histogram)
    {
        var complete = isFollowed ? Math.Min(Answered, Delivered) : Answered;
        var fresh = complete - Completed;
        Completed = complete;
        _times.Answered(fresh, nanoseconds, histogram);
        return fresh;
    }
}
