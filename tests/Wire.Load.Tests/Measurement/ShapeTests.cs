using NUnit.Framework;
using Wire.Load.Measurement;

namespace Wire.Load.Tests.Measurement;

[TestFixture]
internal sealed class ShapeTests
{
    [Test]
    public void A_shape_reads_as_it_is_written()
    {
        Assert.That(Shape.Parse("256x64"), Is.EqualTo(new Shape(256, 64)));
        Assert.That(new Shape(256, 64).ToString(), Is.EqualTo("256x64"));
    }

    [TestCase("")]
    [TestCase("64")]
    [TestCase("0x1")]
    [TestCase("1x0")]
    [TestCase("-1x4")]
    [TestCase("1x2x3")]
    [TestCase("1x9999999999")]
    [TestCase("ax2")]
    public void Anything_else_is_refused_and_named(string text) =>
        Assert.That(() => Shape.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains($"'{text}'"));
}
