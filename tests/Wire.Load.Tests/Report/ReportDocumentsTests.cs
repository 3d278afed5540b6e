using NUnit.Framework;
using Wire.Documents;
using Wire.Load.Report;
using Wire.Load.Report.Charts;
using Wire.Load.Report.Sections;

namespace Wire.Load.Tests.Report;

/// <summary>The documents' numbers are those of docs/results: after a change there, run <c>Wire.Load report --render</c>.</summary>
[TestFixture]
internal sealed class ReportDocumentsTests
{
    // Tables that were written by hand before there was a report. Each leaves this list with its first full result; none comes.
    private static readonly string[] ByHand =
        ["numbers", "turns", "history", "recovery", "stages"];

    private static readonly string Docs = Path.Combine(CodeBlock.Root, ReportSettings.Folder);

    private static IEnumerable<string> Documents() => ReportDocuments.In(Docs);

    [TestCaseSource(nameof(Documents))]
    public void Each_number_between_markers_is_what_the_results_say(string path)
    {
        var document = File.ReadAllText(path);
        var rendered = DocumentRenderer.Render(path, document, Results());
        Assert.That(rendered.Text, Is.EqualTo(document), "run 'Wire.Load report --render'");
        Assert.That(rendered.LeftAsItIs.Select(section => section.Name), Is.SubsetOf(ByHand), "results that a rendered table was made of are gone");
    }

    [TestCaseSource(nameof(Documents))]
    public void A_table_that_no_result_made_says_that_it_was_written_by_hand_and_when(string path)
    {
        var document = File.ReadAllText(path);
        foreach (var section in DocumentRenderer.Render(path, document, Results()).LeftAsItIs)
        {
            var begin = document.IndexOf($"<!-- result: {section.Name} -->", StringComparison.Ordinal);
            var body = document[begin..document.IndexOf("<!-- /result -->", begin, StringComparison.Ordinal)];
            Assert.That(body, Does.Match("Written by hand on [0-9]{4}-[0-9]{2}-[0-9]{2}"), section.Name);
        }
    }

    [Test]
    public void The_charts_are_what_the_results_say()
    {
        var folder = ReportDocuments.ChartsIn(Docs);
        var there = Directory.Exists(folder) ? Directory.GetFiles(folder).ToDictionary(path => Path.GetFileName(path), File.ReadAllText) : [];
        Assert.That(there, Is.EquivalentTo(ChartCatalog.Render(Results())), "run 'Wire.Load report --render'");
    }

    [Test]
    public void Each_section_has_its_place_in_one_document()
    {
        var all = string.Concat(Documents().Select(File.ReadAllText));
        foreach (var section in SectionCatalog.All)
            Assert.That(all.Split($"<!-- result: {section.Name} -->"), Has.Length.EqualTo(2), section.Name);
    }

    [Test]
    public void No_quick_result_is_in_the_documents() =>
        Assert.That(ReportCatalog.All.Select(measurement => Results().Find(measurement.Name)).Where(file => file?.IsQuick == true), Is.Empty);

    [Test]
    public void Each_chart_that_a_document_shows_is_one_that_is_drawn()
    {
        var results = SampleResults.All();
        var charts = ChartCatalog.Render(results).Keys;
        var text = string.Concat(SectionCatalog.All.Select(section => section.Render(results)));
        var shown = text.Split("charts/").Skip(1).Select(rest => rest[..rest.IndexOf(')', StringComparison.Ordinal)]).Distinct();
        Assert.That(shown, Is.EquivalentTo(charts));
    }

    private static ResultFolder Results() => ResultFolder.Read(Path.Combine(Docs, "results"));
}
