using Wire.Cli.Measurement;

namespace Wire.Cli.Tests;

internal sealed class LatencyHistogramTests
{
    [Test]
    public void A_quantile_is_the_true_one_or_at_most_one_64th_more()
    {
        var random = new Random(7);
        var times = Enumerable.Range(0, 10_000).Select(_ => TimeSpan.FromTicks((long)Math.Pow(2, random.NextDouble() * 36))).ToList();
        var histogram = new LatencyHistogram();
        foreach (var time in times)
            histogram.Add(time);
        times.Sort();
        foreach (var part in new[] { 0.0001, 0.01, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var exact = times[(int)Math.Ceiling(part * times.Count) - 1];
            Assert.That(histogram.Quantile(part), Is.InRange(exact, exact + (exact / 64) + TimeSpan.FromTicks(1)));
        }
        Assert.That(histogram.Max, Is.EqualTo(times[^1]));
        Assert.That(histogram.Count, Is.EqualTo(times.Count));
    }

    [Test]
    public void Without_times_all_is_zero_and_the_longest_fits()
    {
        var histogram = new LatencyHistogram();
        Assert.That(histogram.Quantile(0.5), Is.EqualTo(TimeSpan.Zero));
        histogram.Add(TimeSpan.FromDays(10_000));
        Assert.That(histogram.Quantile(0.5), Is.EqualTo(TimeSpan.FromDays(10_000)));
    }
}
