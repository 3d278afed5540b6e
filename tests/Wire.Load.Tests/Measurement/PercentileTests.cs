using NUnit.Framework;
using Wire.Load.Measurement;

namespace Wire.Load.Tests.Measurement;

[TestFixture]
internal sealed class PercentileTests
{
    [Test]
    public void A_summary_has_each_percentile_in_microseconds_and_the_count()
    {
        var summary = LatencySummary.Of(Histogram(1, 10_000));
        Assert.That(summary.Count, Is.EqualTo(10_000));
        var values = new[]
        {
            summary.P50Microseconds, summary.P75Microseconds, summary.P90Microseconds, summary.P99Microseconds,
            summary.P999Microseconds, summary.P9999Microseconds, summary.MaxMicroseconds,
        };
        var expected = new[] { 5000, 7500, 9000, 9900, 9990, 9999, 10_000.0 };
        for (var i = 0; i < values.Length; i++)
            Assert.That(values[i], Is.InRange(expected[i], expected[i] * 129 / 128), $"percentile {i}");
    }

    [Test]
    public void A_curve_is_of_all_histograms_together()
    {
        var curve = PercentilePoint.CurveOf([Histogram(1, 500), Histogram(501, 1000)]);
        Assert.That(curve.Single(point => point.Percentile == 50).Microseconds, Is.InRange(500, 504));
        Assert.That(curve[0].Percentile, Is.Zero);
        Assert.That(curve[^1].Percentile, Is.EqualTo(100));
        Assert.That(curve[^1].Microseconds, Is.InRange(1000, 1008));
        Assert.That(curve.Select(point => point.Microseconds), Is.Ordered);
    }

    [Test]
    public void A_curve_leaves_out_what_the_count_cannot_tell() =>
        Assert.That(PercentilePoint.CurveOf([Histogram(1, 100)]).Select(point => point.Percentile), Does.Contain(99).And.Not.Contain(99.5).And.Contain(100));

    [Test]
    public void Nothing_has_no_curve() => Assert.That(PercentilePoint.CurveOf([]), Is.Empty);

    // Each of these microseconds once.
    private static LatencyHistogram Histogram(int from, int to)
    {
        var histogram = new LatencyHistogram();
        for (var value = from; value <= to; value++)
            histogram.Add(value * 1000, 1);
        return histogram;
    }
}
