using System.Xml.Linq;
using NUnit.Framework;
using Wire.Load.Report;
using Wire.Load.Report.Charts;

namespace Wire.Load.Tests.Report;

[TestFixture]
internal sealed class ChartTests
{
    private static readonly ChartAxis X = new("widths in mm", Figures.Digits);
    private static readonly ChartAxis Y = new("heights in km", Figures.Digits);

    private static IEnumerable<string> Charts() => ChartCatalog.Render(SampleResults.All()).Keys;

    [TestCaseSource(nameof(Charts))]
    public void Each_chart_has_title_axes_and_legend_and_is_in_the_picture(string name)
    {
        var svg = XDocument.Parse(ChartCatalog.Render(SampleResults.All())[name]);
        Assert.That(Texts(svg, "title"), Has.Count.EqualTo(1));
        Assert.That(Texts(svg, "note"), Has.Count.EqualTo(3), "below the title, and at both axes");
        Assert.That(Texts(svg, "legend"), Has.Count.GreaterThanOrEqualTo(2));
        Assert.That(Texts(svg, "tick"), Has.Count.GreaterThanOrEqualTo(4));
        foreach (var (attribute, most) in new[] { ("x", ChartCanvas.Width), ("cx", ChartCanvas.Width), ("x2", ChartCanvas.Width), ("y", ChartCanvas.Height), ("cy", ChartCanvas.Height), ("y2", ChartCanvas.Height) })
        {
            Assert.That(
                svg.Descendants().Attributes(attribute).Select(value => double.Parse(value.Value, System.Globalization.CultureInfo.InvariantCulture)),
                Is.All.InRange(0, most), attribute);
        }
    }

    [TestCaseSource(nameof(Charts))]
    public void Each_chart_is_for_light_and_dark_and_needs_nothing_from_outside(string name)
    {
        var text = ChartCatalog.Render(SampleResults.All())[name];
        Assert.That(text, Does.Contain("@media (prefers-color-scheme: dark)"));
        Assert.That(text.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), Does.Not.Contain("http").And.Not.Contain("url(").And.Not.Contain("<script").And.Not.Contain("@font-face"));
    }

    [TestCaseSource(nameof(Charts))]
    public void A_chart_of_quick_results_says_so(string name) =>
        Assert.That(ChartCatalog.Render(SampleResults.All(isQuick: true))[name], Does.Contain("QUICK RUN"));

    [Test]
    public void Lines_have_every_point_where_it_belongs()
    {
        var svg = Draw(new ChartSeries("one", ChartColor.Blue, [(0, 0), (5, 10)]), new ChartSeries("two", ChartColor.Red, [(10, 20)]) { Dashes = "7 4" });
        Assert.That(Texts(svg, "legend"), Is.EqualTo(new[] { "one", "two" }));
        Assert.That(Elements(svg, "polyline"), Has.Count.EqualTo(2));
        Assert.That(Elements(svg, "circle").Select(point => point.Value), Is.EqualTo(new[] { "one: 0 at 0", "one: 10 at 5", "two: 20 at 10" }));
        Assert.That(
            Elements(svg, "circle").Select(point => (double)point.Attribute("cx")!),
            Is.EqualTo(new[] { ChartCanvas.Left, (ChartCanvas.Left + ChartCanvas.Right) / 2, ChartCanvas.Right }));
        Assert.That((double)Elements(svg, "circle")[0].Attribute("cy")!, Is.EqualTo(ChartCanvas.Bottom));
        Assert.That(Texts(svg, "note"), Does.Contain("widths in mm").And.Contain("heights in km"));
    }

    [Test]
    public void What_spans_decades_is_drawn_by_ratios()
    {
        var svg = Draw(new ChartSeries("one", ChartColor.Blue, [(1, 1), (100, 3), (10_000, 9)]));
        Assert.That(Texts(svg, "note"), Does.Contain("widths in mm (log scale)").And.Contain("heights in km"));
        Assert.That((double)Elements(svg, "circle")[1].Attribute("cx")!, Is.EqualTo((ChartCanvas.Left + ChartCanvas.Right) / 2));
        Assert.That(Texts(svg, "tick"), Is.SupersetOf(new[] { "1", "10", "100", "1000", "10000" }));
    }

    [Test]
    public void What_begins_at_0_is_never_drawn_by_ratios() =>
        Assert.That(Texts(Draw(new ChartSeries("one", ChartColor.Blue, [(0, 1), (20_000, 2)])), "note"), Does.Contain("widths in mm"));

    [Test]
    public void Lines_without_points_leave_an_empty_plot() =>
        Assert.That(Elements(Draw(new ChartSeries("none", ChartColor.Blue, [])), "circle"), Is.Empty);

    [Test]
    public void Bars_are_as_long_as_their_values_and_what_was_not_measured_has_none()
    {
        var svg = XDocument.Parse(new BarChart("title", "note", "groups", Y, ["a", "b"], [new("one", ChartColor.Grey, [10, 20]), new("two", ChartColor.Blue, [null, 5])]).Draw());
        var bars = Elements(svg, "rect").Where(rect => (string?)rect.Attribute("class") is { } style && style.StartsWith("bar ", StringComparison.Ordinal)).ToList();
        Assert.That(bars.Select(bar => bar.Value), Is.EqualTo(new[] { "one, a: 10", "one, b: 20", "two, b: 5" }));
        var lengths = bars.Select(bar => (double)bar.Attribute("height")!).ToList();
        Assert.That(lengths[1] / lengths[0], Is.EqualTo(2).Within(0.01));
        Assert.That(lengths[1] / lengths[2], Is.EqualTo(4).Within(0.01));
        Assert.That(Texts(svg, "value"), Is.EqualTo(new[] { "10", "20", "5" }));
    }

    [TestCase("throughput-disk.svg", "8M")]
    [TestCase("throughput-memory.svg", "10M")]
    public void Wire_stands_beside_the_F_of_its_own_run_alone(string name, string ratesOfF)
    {
        var bars = Elements(XDocument.Parse(ChartCatalog.Render(SampleResults.All())[name]), "rect").Select(rect => rect.Value).Where(text => text.Length > 0);
        Assert.That(bars, Is.EqualTo(new[]
        {
            $"F, the bare echo, 256x64: {ratesOfF}", "Wire, 256x64: 6M", $"F, the bare echo, 64x256: {ratesOfF}", "Wire, 64x256: 6M",
        }));
    }

    [Test]
    public void Values_of_narrow_bars_stand_on_end_below_the_legend([Values(9.9e6, 10e6, 49.9e6, 999e3)] double highest)
    {
        const double Letter = 6;
        var axis = new ChartAxis("heights in km", value => Figures.Scaled(value));
        var svg = XDocument.Parse(new BarChart(
            "title", "note", "groups", axis, ["a", "b", "c", "d"], [.. Enumerable.Range(0, 6).Select(i => new BarSeries($"series {i}", ChartColor.Grey, [highest, 1, 1, 1]))]).Draw());
        var legend = Elements(svg, "text").Where(text => (string)text.Attribute("class")! == "legend").Max(text => (double)text.Attribute("y")!);
        foreach (var value in Elements(svg, "text").Where(text => (string)text.Attribute("class")! == "value"))
        {
            var place = ((string)value.Attribute("transform")!).Split('(', ' ', ')')[2];
            Assert.That(double.Parse(place, System.Globalization.CultureInfo.InvariantCulture) - (value.Value.Length * Letter), Is.GreaterThan(legend + 4), value.Value);
        }
    }

    [Test]
    public void Each_colour_can_be_seen_in_light_and_dark()
    {
        var surface = ChartPalette.Variables.Single(variable => variable.Name == "surface");
        foreach (var (name, light, dark) in ChartPalette.Variables.Where(variable => variable.Name is not ("surface" or "grid")))
        {
            // WCAG 2.1: 4.5 for text, 3 for what is drawn.
            var least = name is "ink" or "muted" ? 4.5 : 3;
            Assert.That(Contrast(light, surface.Light), Is.GreaterThanOrEqualTo(least), $"{name} in light");
            Assert.That(Contrast(dark, surface.Dark), Is.GreaterThanOrEqualTo(least), $"{name} in dark");
        }
    }

    private static XDocument Draw(params ChartSeries[] series) => XDocument.Parse(new LineChart("title", "note", X, Y, series).Draw());

    private static List<XElement> Elements(XDocument svg, string name) => [.. svg.Descendants().Where(element => element.Name.LocalName == name)];

    private static List<string> Texts(XDocument svg, string style) =>
        [.. Elements(svg, "text").Where(text => ((string?)text.Attribute("class"))!.Split(' ').Contains(style)).Select(text => text.Value)];

    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string color)
    {
        var parts = Convert.FromHexString(color[1..]).Select(part => part / 255.0).Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4)).ToArray();
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }
}
