using System.Numerics;

namespace Wire.Cli.Measurement;

/// <summary>
/// Counts times by their size, to within one part in 64, in memory that does not grow. Thread-safe.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int SubCount = 1 << SubBits;

    private readonly long[] _counts = new long[(64 - SubBits) * SubCount];
    private long _max;

    public long Count => _counts.Sum();

    public TimeSpan Max => FromNanoseconds(Volatile.Read(ref _max));

    public void Add(TimeSpan time, long count = 1)
    {
        var nanoseconds = Math.Max(0, time.Ticks * TimeSpan.NanosecondsPerTick);
        Interlocked.Add(ref _counts[IndexOf(nanoseconds)], count);
        for (var max = Volatile.Read(ref _max); nanoseconds > max;)
        {
            var seen = Interlocked.CompareExchange(ref _max, nanoseconds, max);
            if (seen == max)
                break;
            max = seen;
        }
    }

    /// <summary>The time that this part of all does not exceed; 0 where there are none.</summary>
    public TimeSpan Quantile(double part)
    {
        var rank = (long)Math.Ceiling(part * Count);
        if (rank == 0)
            return TimeSpan.Zero;
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
                return FromNanoseconds(Math.Min(UpperOf(i), _max));
        }
        return Max;
    }

    private static TimeSpan FromNanoseconds(long value) => TimeSpan.FromTicks(value / TimeSpan.NanosecondsPerTick);

    // Below 64 each value is its own; above, each power of two is cut into 64 parts.
    private static int IndexOf(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - SubBits);
        return (shift * SubCount) + (int)(value >> shift);
    }

    private static long UpperOf(int index)
    {
        var shift = Math.Max(0, (index / SubCount) - 1);
        var lower = (long)(index - (shift * SubCount)) << shift;
        return lower + (1L << shift) - 1;
    }
}
