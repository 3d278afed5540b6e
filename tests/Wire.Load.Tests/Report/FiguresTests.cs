using NUnit.Framework;
using Wire.Load.Measurement;
using Wire.Load.Report;

namespace Wire.Load.Tests.Report;

[TestFixture]
internal sealed class FiguresTests
{
    [TestCase(949, ExpectedResult = "949/s")]
    [TestCase(48_000, ExpectedResult = "48.0 k/s")]
    [TestCase(5_910_000, ExpectedResult = "5.91 M/s")]
    [TestCase(2_000_000, ExpectedResult = "2.00 M/s")]
    [TestCase(12_345_678, ExpectedResult = "12.3 M/s")]
    [TestCase(null, ExpectedResult = "-")]
    public string Rates_have_a_unit(double? value) => Figures.Rate(value);

    [TestCase(0.25, ExpectedResult = "250 ns")]
    [TestCase(0, ExpectedResult = "0 us")]
    [TestCase(136.4, ExpectedResult = "136 us")]
    [TestCase(4400, ExpectedResult = "4.4 ms")]
    [TestCase(3_087_000, ExpectedResult = "3.09 s")]
    [TestCase(null, ExpectedResult = "-")]
    public string Times_have_a_unit(double? microseconds) => Figures.Time(microseconds);

    [TestCase(75.2, ExpectedResult = "75.2 ns")]
    [TestCase(-3, ExpectedResult = "-3 ns")]
    [TestCase(2700, ExpectedResult = "2.7 us")]
    [TestCase(null, ExpectedResult = "-")]
    public string Nanoseconds_become_microseconds(double? value) => Figures.Nanoseconds(value);

    [TestCase(0.03, ExpectedResult = "0.03 B")]
    [TestCase(16, ExpectedResult = "16 B")]
    [TestCase(65_536, ExpectedResult = "64 KiB")]
    [TestCase(80_000_000, ExpectedResult = "76.3 MiB")]
    public string Bytes_have_a_unit(double? value) => Figures.Bytes(value);

    [TestCase(9.996, ExpectedResult = "10")]
    [TestCase(99.96, ExpectedResult = "100")]
    [TestCase(1000, ExpectedResult = "1000")]
    public string Three_digits_count(double value) => Figures.Digits(value);

    [Test]
    public void Ratios_stand_below_each_other() =>
        Assert.That(Figures.Ratio(new Spread(0.8, 0.75, 12)), Is.EqualTo("**0.80** (0.75 to 12.0)"));
}
