using NUnit.Framework;
using Wire.Load.Report;
using Wire.Load.Report.Charts;
using Wire.Load.Report.Sections;

namespace Wire.Load.Tests.Report;

/// <summary>A server that did not do what was asked of it never looks like one that did.</summary>
[TestFixture]
internal sealed class OpenSectionTests
{
    private static readonly ResultFolder Results = SampleResults.Of("open");

    [Test]
    public void What_was_asked_for_and_what_was_done_stand_beside_each_other()
    {
        var text = OpenSection.Render(Results);
        Assert.That(text, Does.Contain("| 64x256 | 0.1 | 800 k/s | 800 k/s | 1.25 ms, 5 ms, 7.5 ms | 800 k/s | 1.25 ms, 5 ms, 7.5 ms | 10 ms | 0.5 |"));
        Assert.That(text, Does.Contain("| 64x256 | 0.9 | 7.20 M/s | - | - | 7.00 M/s, **fell behind** in 1 of 1 | 143 us, "));
        Assert.That(text, Does.Contain("grow with the window's length"));
    }

    [Test]
    public void The_caption_says_from_where_on_the_client_holds_sends_back() =>
        Assert.That(OpenSection.Render(Results), Does.Contain("at most 4,096 publishes unanswered, 262,144 in all: 36.4 ms of what is asked for at 0.9."));

    [TestCase("latency.svg")]
    [TestCase("percentiles.svg")]
    public void The_charts_say_at_which_loads_a_server_fell_behind(string chart) =>
        Assert.That(ChartCatalog.Render(Results)[chart], Does.Contain("; Wire fell behind at 90%<"));

    [Test]
    public void The_chart_by_load_names_its_axis_by_what_was_asked() =>
        Assert.That(ChartCatalog.Render(Results)["latency.svg"], Does.Contain(">messages asked for a second<"));
}
