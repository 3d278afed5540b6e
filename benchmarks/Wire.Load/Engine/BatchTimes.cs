using System.Numerics;
using Wire.Load.Measurement;

namespace Wire.Load.Engine;

/// <summary>When the unanswered publishes of one connection were sent, by batch, oldest first.</summary>
/// <remarks>
/// One time a batch, not one a message: a reading of the clock a message would be most of the client's work. With several
/// sessions on a connection answers may come out of order; then latencies are matched in the order of sending, which
/// keeps their sum and so their mean.
/// </remarks>
internal sealed class BatchTimes
{
    private readonly long[] _times;
    private readonly int[] _counts;
    private uint _oldest;
    private uint _next;

    /// <summary>Room for as many batches as publishes can be unanswered.</summary>
    public BatchTimes(int depth)
    {
        var capacity = BitOperations.RoundUpToPowerOf2((uint)depth);
        _times = new long[capacity];
        _counts = new int[capacity];
    }

    /// <summary>Notes that publishes are sent now.</summary>
    public void Sent(int count, long nanoseconds)
    {
        var slot = _next++ & (_times.Length - 1);
        _times[slot] = nanoseconds;
        _counts[slot] = count;
    }

    /// <summary>Takes the oldest publishes out, as answered now.</summary>
    /// <param name="count">How many; never more than were sent.</param>
    /// <param name="nanoseconds">Now.</param>
    /// <param name="histogram">Where their latencies go, or null.</param>
    public void Answered(long count, long nanoseconds, LatencyHistogram? histogram)
    {
        while (count > 0)
        {
            var slot = _oldest & (_times.Length - 1);
            var taken = (int)Math.Min(count, _counts[slot]);
            histogram?.Add(nanoseconds - _times[slot], taken);
            count -= taken;
            if ((_counts[slot] -= taken) == 0)
                _oldest++;
        }
    }
}
