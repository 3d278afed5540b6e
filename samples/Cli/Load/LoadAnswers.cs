using System.Diagnostics;
using System.Numerics;
using Wire.Cli.Measurement;

namespace Wire.Cli.Load;

/// <summary>
/// When the publishes of one connection were sent, and how long their answers took. One thread sends, one takes answers, which
/// come in the order sent.
/// </summary>
/// <remarks>
/// A publish that waits for room is sent when the one before it by the depth is answered, so the later of the two times counts.
/// The clock is read once for a few publishes and once a range of answers: it costs about as much as a publish.
/// </remarks>
internal sealed class LoadAnswers
{
    private const int SendsPerLook = 16;

    private readonly LatencyHistogram _histogram;
    private readonly int _depth;
    private readonly long[] _sentAt;
    private readonly long[] _answeredAt;
    private long _sent;
    private long _taken;

    public LoadAnswers(int depth, LatencyHistogram histogram)
    {
        _histogram = histogram;
        _depth = depth;

        // Beside the unanswered ones the one that waits for room.
        var places = BitOperations.RoundUpToPowerOf2((uint)depth + 1);
        _sentAt = new long[places];
        _answeredAt = new long[places];
    }

    /// <summary>The next publish is about to be sent.</summary>
    public void Sending()
    {
        var place = _sent & (_sentAt.Length - 1);
        var now = _sent % SendsPerLook == 0 ? Stopwatch.GetTimestamp() : _sentAt[(_sent - 1) & (_sentAt.Length - 1)];
        Volatile.Write(ref _sentAt[place], now);
        _sent++;
    }

    /// <summary>The oldest so many are answered.</summary>
    public void Take(int count, bool measures)
    {
        var now = Stopwatch.GetTimestamp();
        var (since, alike) = (0L, 0);
        for (var end = _taken + count; _taken < end; _taken++)
        {
            var place = _taken & (_sentAt.Length - 1);
            var sentAt = Math.Max(Volatile.Read(ref _sentAt[place]), _answeredAt[(_taken - _depth) & (_sentAt.Length - 1)]);
            _answeredAt[place] = now;
            if (sentAt != since)
            {
                Add(since, now, alike, measures);
                (since, alike) = (sentAt, 0);
            }
            alike++;
        }
        Add(since, now, alike, measures);
    }

    private void Add(long since, long now, int count, bool measures)
    {
        if (measures && count > 0)
            _histogram.Add(Stopwatch.GetElapsedTime(since, now), count);
    }
}
