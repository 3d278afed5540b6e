using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Wire.Load.Measurement;

namespace Wire.Load.Tests.Measurement;

[TestFixture]
internal sealed class LatencyHistogramTests
{
    [FsCheck.NUnit.Property]
    public Property A_quantile_is_the_true_one_or_at_most_one_128th_more()
    {
        // Exponents first, so that every power of two is met.
        var values = Gen.NonEmptyListOf(
            from bits in Gen.Choose(0, 39)
            from value in Gen.Choose(0, int.MaxValue)
            select (1L << bits) + (value & ((1L << Math.Min(bits, 31)) - 1)));
        return Prop.ForAll(values.ToArbitrary(), Gen.Choose(1, 1000).ToArbitrary(), (list, perMille) =>
        {
            var histogram = new LatencyHistogram();
            foreach (var value in list)
                histogram.Add(value, 1);
            var sorted = list.Order().ToArray();
            var exact = sorted[(int)Math.Ceiling(perMille / 1000.0 * sorted.Length) - 1];
            var found = histogram.ValueAt(perMille / 1000.0);
            return found >= exact && found - exact <= exact / 128;
        });
    }

    [Test]
    public void What_several_processes_recorded_is_added_up_without_loss()
    {
        var random = new Random(1);
        var all = new LatencyHistogram();
        var merged = new LatencyHistogram();
        for (var process = 0; process < 3; process++)
        {
            var own = new LatencyHistogram();
            for (var i = 0; i < 1_000; i++)
            {
                var value = random.NextInt64(1L << random.Next(41));
                own.Add(value, i);
                all.Add(value, i);
            }

            merged.AddPairs(own.ToPairs());
        }

        Assert.That(merged.Count, Is.EqualTo(all.Count));
        Assert.That(merged.ToPairs(), Is.EqualTo(all.ToPairs()));
        Assert.That(Enumerable.Range(0, 1_001).Select(i => merged.ValueAt(i / 1e3)), Is.EqualTo(Enumerable.Range(0, 1_001).Select(i => all.ValueAt(i / 1e3))));
    }

    [Test]
    public void Small_values_are_exact()
    {
        var histogram = new LatencyHistogram();
        for (var value = 0; value < 256; value++)
            histogram.Add(value, 1);

        Assert.That(histogram.ValueAt(1.0 / 256), Is.Zero);
        Assert.That(histogram.ValueAt(0.5), Is.EqualTo(127));
        Assert.That(histogram.ValueAt(1), Is.EqualTo(255));
    }

    [Test]
    public void Times_count_as_often()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(10, 99);
        histogram.Add(20, 1);

        Assert.That(histogram.Count, Is.EqualTo(100));
        Assert.That(histogram.ValueAt(0.99), Is.EqualTo(10));
        Assert.That(histogram.ValueAt(0.995), Is.EqualTo(20));
    }

    [Test]
    public void Values_out_of_range_count_as_the_nearest_in_it()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(-5, 1);
        histogram.Add(long.MaxValue, 1);

        Assert.That(histogram.ValueAt(0.5), Is.Zero);
        Assert.That(histogram.ValueAt(1), Is.EqualTo(LatencyHistogram.MaxValue));
    }

    [Test]
    public void Adding_another_one_is_adding_its_values()
    {
        var sum = new LatencyHistogram();
        var other = new LatencyHistogram();
        sum.Add(100, 3);
        other.Add(200, 7);
        sum.Add(other);

        Assert.That(sum.Count, Is.EqualTo(10));
        Assert.That(sum.ValueAt(0.3), Is.EqualTo(100));
        Assert.That(sum.ValueAt(0.31), Is.EqualTo(200));
    }

    [Test]
    public void An_empty_one_says_0() => Assert.That(new LatencyHistogram().ValueAt(0.5), Is.Zero);
}
