using NUnit.Framework;
using Wire.Load.Measurement;

namespace Wire.Load.Tests.Measurement;

[TestFixture]
internal sealed class SpreadTests
{
    [Test]
    public void Of_an_odd_number_the_median_is_the_middle_one() =>
        Assert.That(Spread.Of([3, 1, 2]), Is.EqualTo(new Spread(2, 1, 3)));

    [Test]
    public void Of_an_even_number_it_is_the_mean_of_the_middle_two() =>
        Assert.That(Spread.Of([4, 1, 2, 10]), Is.EqualTo(new Spread(3, 1, 10)));

    [Test]
    public void What_was_not_measured_does_not_count() =>
        Assert.That(Spread.Of([null, 5, null]), Is.EqualTo(new Spread(5, 5, 5)));

    [Test]
    public void Nothing_has_no_spread() => Assert.That(Spread.Of([null]), Is.Null);
}
