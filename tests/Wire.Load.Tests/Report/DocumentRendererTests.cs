using NUnit.Framework;
using Wire.Load.Report;
using Wire.Load.Report.Sections;

namespace Wire.Load.Tests.Report;

[TestFixture]
internal sealed class DocumentRendererTests
{
    private const string Payload = "Before.\n\n<!-- result: payload -->{0}<!-- /result -->\n\nAfter.\n";

    private static readonly ResultFolder Nothing = new([]);

    private static IEnumerable<string> Sections() => SectionCatalog.All.Select(section => section.Name);

    [TestCaseSource(nameof(Sections))]
    public void Each_section_is_a_table_that_says_how_it_was_made_and_on_what(string name)
    {
        var rendered = Render($"<!-- result: {name} --><!-- /result -->", SampleResults.All());
        Assert.That(rendered.Text, Does.Contain("| --- |").And.Contain("report --only ").And.Contain("2026-03-04").And.Contain("Some Processor"));
        Assert.That(rendered.Text, Does.Not.Contain("Not measured").And.Not.Contain("quick"));
        Assert.That(rendered.LeftAsItIs, Is.Empty);
    }

    [TestCaseSource(nameof(Sections))]
    public void Each_section_says_what_it_takes_to_make_it_again(string name) => Assert.That(
        Render($"<!-- result: {name} --><!-- /result -->", SampleResults.All()).Text,
        Does.Contain(": 2 cores (Some Processor), 24 GB, Some System, kernel 9.8.7, data on somefs on sda1, .NET 10, Wire 1.2.3 of commit 0123456789."));

    [TestCaseSource(nameof(Sections))]
    public void A_table_of_quick_results_says_so(string name) =>
        Assert.That(Render($"<!-- result: {name} --><!-- /result -->", SampleResults.All(isQuick: true)).Text, Does.Contain(Caption.Quick));

    [TestCaseSource(nameof(Sections))]
    public void Rendering_again_changes_nothing(string name)
    {
        var once = Render($"<!-- result: {name} --><!-- /result -->", SampleResults.All()).Text;
        Assert.That(Render(once, SampleResults.All()).Text, Is.EqualTo(once));
    }

    [Test]
    public void A_log_is_shown_as_long_as_it_was_and_not_as_it_was_filled()
    {
        var text = SectionCatalog.All.Single(section => section.Name == "log-length").Render(SampleResults.All());
        Assert.That(text, Does.Contain("| 1.4 GB |").And.Contain("| 3.4 GB |").And.Contain("| 21.4 GB |"));
    }

    [Test]
    public void Memory_of_each_connection_more_stands_below_the_table() => Assert.That(
        SectionCatalog.All.Single(section => section.Name == "connect").Render(SampleResults.All()),
        Does.Contain("Each connection more, from 1,000 to 10,000: 4.5 KB (4.5 to 4.5) of F's memory, **5.6 KB (5.6 to 5.6)** of Wire's."));

    [Test]
    public void What_is_outside_of_the_markers_stays_and_a_number_changed_by_hand_does_not()
    {
        var rendered = Render(string.Format(null, Payload, "\n\nMillions.\n\n"), SampleResults.All()).Text;
        Assert.That(rendered, Does.StartWith("Before.\n\n<!-- result: payload -->").And.EndWith("<!-- /result -->\n\nAfter.\n"));
        Assert.That(rendered, Does.Contain("| 64 KiB | 16x64 | 8.00 M/s (4.00 M/s to 12.0 M/s) | 6.00 M/s | **0.75** (0.75 to 0.75) |").And.Not.Contain("Millions."));
        Assert.That(Render(rendered.Replace("6.00 M/s", "9.00 M/s", StringComparison.Ordinal), SampleResults.All()).Text, Is.EqualTo(rendered));
    }

    [Test]
    public void A_section_without_results_says_by_which_command_it_would_have_them()
    {
        var rendered = Render(string.Format(null, Payload, ""), Nothing);
        Assert.That(rendered.Text, Does.Contain("Not measured here: `$load report --only payload`."));
        Assert.That(Render(rendered.Text, SampleResults.All()).Text, Does.Contain("| 64 KiB |").And.Not.Contain("Not measured"), "once it is measured it has them");
    }

    [Test]
    public void A_table_whose_results_are_missing_stays_as_it_is_and_is_named()
    {
        var document = string.Format(null, Payload, "\n\n| by hand |\n");
        var rendered = Render(document, Nothing);
        Assert.That(rendered.Text, Is.EqualTo(document));
        Assert.That(rendered.LeftAsItIs.Select(section => section.Name), Is.EqualTo(new[] { "payload" }));
    }

    [Test]
    public void A_section_that_is_measured_in_part_shows_that_part_and_names_the_rest()
    {
        const string Publish = "<!-- result: publish --><!-- /result -->";
        var rendered = Render(Publish, SampleResults.Of("publish-memory"));
        Assert.That(rendered.Text, Does.Contain("acknowledged, MEMORY").And.Not.Contain("acknowledged, DISK").And.Contain("Not measured here: `$load report --only publish-disk,deliver`."));
        Assert.That(Render(rendered.Text, SampleResults.All()).Text, Does.Contain("acknowledged, DISK").And.Not.Contain("Not measured"));
    }

    [Test]
    public void A_peer_that_is_not_installed_is_named_as_skipped()
    {
        var text = Render("<!-- result: peers --><!-- /result -->", SampleResults.All()).Text;
        Assert.That(text, Does.Contain("Skipped: jetstream: nats-server is not installed.").And.Not.Contain("| `jetstream` |"));
        Assert.That(text, Does.Contain("| `redis-always` | 1.00 M/s; **6.00** (6.00 to 6.00) |"));
    }

    [Test]
    public void What_an_answer_of_a_peer_means_stands_below_the_table()
    {
        var text = Render("<!-- result: peers --><!-- /result -->", SampleResults.All()).Text;
        Assert.That(text, Does.Contain("\n\n- `redis-always`, 7.0: a promise.\n- `signalr`, 7.0: a promise.\n\n").And.Contain("[What an answer means](#peers)"));
        Assert.That(text, Does.Contain("DISK and MEMORY are what Wire was asked for."));
    }

    [Test]
    public void Turns_say_where_their_log_was() =>
        Assert.That(Render("<!-- result: turns --><!-- /result -->", SampleResults.All()).Text, Does.Contain("| 64x64 | the current folder |").And.Contain("| 1x1 | `/data` |"));

    [Test]
    public void Starts_of_each_kind_are_counted_and_all_of_them_are_beyond_an_empty_log()
    {
        var text = Render("<!-- result: recovery --><!-- /result -->", SampleResults.All()).Text;
        Assert.That(text, Does.Contain("Medians (lowest to highest) of starts: 3 after kill -9, 1 after an orderly stop, 1 without a snapshot."));
        Assert.That(text, Does.Contain("| 68 ms (66 to 70) | 38 ms (38 to 38) | 193 ms (193 to 193) |").And.Contain("Each beyond a start over an empty log, which takes 162 ms"));
    }

    [TestCase("payload")]
    [TestCase("connections")]
    [TestCase("sessions")]
    [TestCase("log-length")]
    [TestCase("followers")]
    public void Curves_have_no_memory_which_is_of_all_windows_before(string name) =>
        Assert.That(Render($"<!-- result: {name} --><!-- /result -->", SampleResults.All()).Text, Does.Not.Contain("memory").And.Not.Contain("MiB"));

    [Test]
    public void Stages_that_were_not_measured_have_no_row_and_are_named()
    {
        var text = Render("<!-- result: stages --><!-- /result -->", SampleResults.All()).Text;
        Assert.That(text, Does.Contain("| `FramingBenchmarks.InPlace` | 8.1 ns | | Google.Protobuf 78 ns and 299 B |").And.Not.Contain("| `AckBenchmarks"));
        Assert.That(text, Does.Contain("Left out of this run: `FramingBenchmarks.BareLengths(PayloadBytes=64)`, ").And.Contain("`AckBenchmarks.Write(SessionIdBytes=16)`"));
    }

    [TestCase("<!-- result: payloads --><!-- /result -->", "'payloads' in a marker is no section")]
    [TestCase("<!-- result: payload -->", "has no <!-- /result -->")]
    [TestCase("<!-- result: payload --> <!-- result: open --><!-- /result -->", "has no <!-- /result -->")]
    public void A_marker_that_means_nothing_is_refused_and_named(string document, string message) =>
        Assert.That(() => Render(document, Nothing), Throws.TypeOf<LoadFailureException>().With.Message.StartsWith("a.md: ").And.Message.Contains(message));

    private static RenderedDocument Render(string document, ResultFolder results) => DocumentRenderer.Render("a.md", document, results);
}
