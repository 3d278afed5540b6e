using System.Numerics;

namespace Wire.Load.Measurement;

/// <summary>Counts durations in buckets whose width grows with the value, after Tene's HdrHistogram.</summary>
/// <remarks>
/// Values below 256 have a bucket each; above, each power of two is cut into 128 equal buckets. So a value is known to
/// 1/128 of itself, from a nanosecond to 18 minutes, in 35 KB, and adding one is a shift and an increment. Larger values
/// count as the largest. Not safe for concurrent use: each thread has its own, and they are added up at the end.
/// </remarks>
internal sealed class LatencyHistogram
{
    /// <summary>The largest value that is told apart.</summary>
    public const long MaxValue = (1L << 40) - 1;

    private const int PrecisionBits = 7;
    private const int BucketsAPower = 1 << PrecisionBits;

    private readonly long[] _counts = new long[IndexOf(MaxValue) + 1];

    /// <summary>How many values were added.</summary>
    public long Count { get; private set; }

    /// <summary>Adds one value a number of times; negative ones count as 0.</summary>
    public void Add(long value, long times)
    {
        _counts[IndexOf(Math.Clamp(value, 0, MaxValue))] += times;
        Count += times;
    }

    /// <summary>Adds all that another one holds.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        Count += other.Count;
    }

    /// <summary>All that it holds, for another process: bucket and count, bucket and count, …</summary>
    public long[] ToPairs() =>
        [.. _counts.Index().Where(bucket => bucket.Item > 0).SelectMany(bucket => new[] { bucket.Index, bucket.Item })];

    /// <summary>Adds all that another process's holds.</summary>
    /// <param name="pairs">Its <see cref="ToPairs"/>.</param>
    public void AddPairs(ReadOnlySpan<long> pairs)
    {
        for (var i = 0; i < pairs.Length; i += 2)
        {
            _counts[pairs[i]] += pairs[i + 1];
            Count += pairs[i + 1];
        }
    }

    /// <summary>
    /// The value that a share of all values does not exceed: the upper end of its bucket, so never less than the true one.
    /// </summary>
    /// <param name="share">0.5 for the median, at most 1.</param>
    /// <returns>0 where nothing was added.</returns>
    public long ValueAt(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
                return UpperEnd(i);
        }

        return 0;
    }

    private static int IndexOf(long value)
    {
        // The shift that leaves PrecisionBits + 1 bits: the value's leading one and what tells its buckets apart.
        var shift = Math.Max(0, BitOperations.Log2((ulong)value) - PrecisionBits);
        return (shift * BucketsAPower) + (int)(value >> shift);
    }

    private static long UpperEnd(int index)
    {
        var shift = Math.Max(0, (index / BucketsAPower) - 1);
        return ((long)(index - (shift * BucketsAPower) + 1) << shift) - 1;
    }
}
