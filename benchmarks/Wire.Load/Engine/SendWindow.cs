using Wire.Load.Measurement;

namespace Wire.Load.Engine;

/// <summary>The publishes of one connection that are under way: never more than its depth.</summary>
/// <param name="depth">How many may be sent and not over.</param>
/// <param name="followers">Connections that follow: a publish is over only once all of them have got it, too.</param>
/// <param name="schedule">When publishes are due; null: as soon as there is room, a closed loop.</param>
internal sealed class SendWindow(int depth, int followers = 0, SendSchedule? schedule = null)
{
    private readonly BatchTimes _times = new(depth);
    private readonly long[] _deliveredTo = new long[followers];

    // Of each publish under way, how many followers have not got it; nobody counts where there is one.
    private readonly int[] _missing = new int[followers > 1 ? depth : 0];

    /// <summary>Publishes sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Those that were answered.</summary>
    public long Answered { get; private set; }

    /// <summary>Those that came to all who follow.</summary>
    public long Delivered { get; private set; }

    /// <summary>Those that are over, as far as <see cref="Complete"/> has looked.</summary>
    public long Completed { get; private set; }

    /// <summary>Those whose answer is due.</summary>
    public long Unanswered => Sent - Answered;

    /// <summary>With a schedule, when the next publish is to be sent; never where there is no room for it or no schedule.</summary>
    public long NextSend => schedule is null || Sent - Completed >= depth ? long.MaxValue : schedule.SendTime(Sent);

    /// <summary>The load begins now.</summary>
    public void Begin(long nanoseconds) => schedule?.Begin(nanoseconds);

    /// <summary>Takes the room that there is for publishes that are sent now; with a schedule, for as many as it says.</summary>
    /// <returns>How many.</returns>
    public int Fill(long nanoseconds)
    {
        var count = (int)(depth - (Sent - Completed));
        if (schedule is not null)
            count = (int)Math.Clamp(schedule.ToBeSent(nanoseconds) - Sent, 0, count);
        else if (count > 0)
            _times.Sent(count, nanoseconds);
        for (var number = Sent; _missing.Length > 0 && number < Sent + count; number++)
            _missing[number % depth] = followers;
        Sent += count;
        return count;
    }

    /// <summary>Notes answers; the caller has checked that they were due.</summary>
    public void Answer(long count) => Answered += count;

    /// <summary>How many came to one who follows.</summary>
    public long DeliveredTo(int follower) => _deliveredTo[follower];

    /// <summary>Notes messages that came to one who follows.</summary>
    public void Deliver(int follower, int count)
    {
        ref var delivered = ref _deliveredTo[follower];
        for (var end = delivered + count; _missing.Length > 0 && delivered < Math.Min(end, Sent); delivered++, count--)
            _missing[delivered % depth]--;
        delivered += count;
        if (_missing.Length == 0)
            Delivered = delivered;
        else
        {
            while (Delivered < Sent && _missing[Delivered % depth] == 0)
                Delivered++;
        }
    }

    /// <summary>Counts what is over since the last call, which makes room.</summary>
    /// <param name="nanoseconds">Now.</param>
    /// <param name="histogram">Where its latencies go, or null.</param>
    /// <returns>How many.</returns>
    public long Complete(long nanoseconds, LatencyHistogram? histogram)
    {
        var complete = followers > 0 ? Math.Min(Answered, Delivered) : Answered;
        var fresh = complete - Completed;
        if (schedule is null)
        {
            _times.Answered(fresh, nanoseconds, histogram);
        }
        else if (histogram is not null)
        {
            for (var number = Completed; number < complete; number++)
                histogram.Add(nanoseconds - schedule.Due(number), 1);
        }

        Completed = complete;
        return fresh;
    }
}
