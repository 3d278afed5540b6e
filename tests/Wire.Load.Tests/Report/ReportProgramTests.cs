using System.Text.Json;
using NUnit.Framework;
using Wire.Load.Measurement;
using Wire.Load.Report;

namespace Wire.Load.Tests.Report;

/// <summary>The report with commands that only pretend: what it does with what they find.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ReportProgramTests
{
    private readonly StringWriter _output = new();
    private readonly List<string> _commands = [];
    private string _root = "";

    private string Docs => Path.Combine(_root, "docs");

    private string Performance => File.ReadAllText(Path.Combine(Docs, "performance.md"));

    [SetUp]
    public void MakeDocuments()
    {
        _root = Directory.CreateTempSubdirectory("wire-report-").FullName;
        Directory.CreateDirectory(Docs);
        File.WriteAllText(Path.Combine(_root, "README.md"), "<!-- result: numbers --><!-- /result -->");
        File.WriteAllText(Path.Combine(Docs, "performance.md"), "<!-- result: payload --><!-- /result -->\n<!-- result: depth1 --><!-- /result -->");
    }

    [TearDown]
    public void RemoveDocuments()
    {
        _output.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Test]
    public async Task Results_are_written_and_tables_and_charts_rendered_from_them()
    {
        Assert.That(await RunAsync(_ => 0, "depth1", "payload"), Is.Zero);
        Assert.That(_commands.Take(2), Is.EqualTo(new[] { "depth1", "publish --shapes 16x64 --payload 16" }));
        var json = await File.ReadAllTextAsync(Path.Combine(Docs, "results", "payload.json"));
        Assert.That(json, Does.StartWith("{\n  \"measurement\": \"payload\",\n  \"command\": \"Wire.Load report --only payload\",\n  \"isQuick\": false,\n  \"machine\": {\n    \"begun\": "));
        Assert.That(json, Does.Contain("\"command\": \"Wire.Load publish --shapes 16x64 --payload 65536\"").And.EndWith("}\n"));
        Assert.That(Performance, Does.Contain("A synced write of 4 KiB takes 73 us").And.Contain("(charts/payload.svg)"));
        Assert.That(Path.Combine(Docs, "charts", "payload.svg"), Does.Exist);
        Assert.That(await File.ReadAllTextAsync(Path.Combine(_root, "README.md")), Does.Contain("Not measured here: "));
    }

    [Test]
    public async Task Charts_stay_that_a_table_still_shows_or_that_nobody_drew_here()
    {
        await RunAsync(_ => 0, "payload", "publish-disk", "connections");
        File.Delete(Path.Combine(Docs, "results", "payload.json"));
        File.Delete(Path.Combine(Docs, "results", "connections.json"));
        await File.WriteAllTextAsync(Path.Combine(Docs, "charts", "by-hand.svg"), "<svg/>");

        Assert.That(await RunAsync(_ => 0), Is.Zero);
        Assert.That(_output.ToString(), Does.Contain("left as it is: payload"));
        Assert.That(
            Directory.GetFiles(Path.Combine(Docs, "charts")).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "payload.svg", "throughput-disk.svg", "by-hand.svg" }), "no document shows connections.svg, and its results are gone");
    }

    [Test]
    public async Task What_fails_is_named_and_neither_loses_the_others_nor_what_was_found_before()
    {
        await RunAsync(_ => 0, "payload");
        var before = await File.ReadAllTextAsync(Path.Combine(Docs, "results", "payload.json"));

        Assert.That(await RunAsync(command => command.EndsWith("--payload 1024", StringComparison.Ordinal) ? 1 : 0, "payload", "depth1"), Is.EqualTo(1));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(Docs, "results", "payload.json")), Is.EqualTo(before));
        Assert.That(Performance, Does.Contain("A synced write of 4 KiB takes 73 us"));
        Assert.That(_output.ToString(), Does.Contain("failed: payload").And.Not.Contain("failed: depth1"));
    }

    [Test]
    public async Task A_command_that_writes_no_results_has_failed()
    {
        var program = new ReportProgram((_, _) => Task.FromResult(0), _output);
        Assert.That(await program.RunAsync(Settings("depth1"), CancellationToken.None), Is.EqualTo(1));
        Assert.That(_output.ToString(), Does.Contain("failed: depth1"));
    }

    [Test]
    public async Task An_interrupted_report_ends_at_once_and_changes_nothing()
    {
        using var interrupted = new CancellationTokenSource();
        var program = new ReportProgram((_, _) =>
        {
            interrupted.Cancel();
            return Task.FromResult(130);
        }, _output);
        Assert.That(await program.RunAsync(Settings("depth1", "payload"), interrupted.Token), Is.EqualTo(130));
        Assert.That(Path.Combine(Docs, "results"), Does.Not.Exist);
        Assert.That(Performance, Does.Not.Contain("Not measured"));
    }

    [Test]
    public async Task Quick_results_take_the_short_commands_and_say_what_they_are()
    {
        var program = new ReportProgram(Pretend(_ => 0), _output);
        Assert.That(await program.RunAsync(Settings("depth1") with { IsQuick = true }, CancellationToken.None), Is.Zero);
        Assert.That(_commands, Is.EqualTo(new[] { "depth1 --repeats 2 --window 0.2 --warm-up 0.1" }));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(Docs, "results", "depth1.json")), Does.Contain("\"isQuick\": true").And.Contain("--only depth1 --quick\""));
        Assert.That(Performance, Does.Contain(Caption.Quick));
    }

    [Test]
    public async Task Quick_results_never_come_to_those_that_are_not()
    {
        var program = new ReportProgram(Pretend(_ => 0), _output);
        var quick = Settings("depth1") with { IsQuick = true };
        Assert.That(await program.RunAsync(quick, CancellationToken.None), Is.Zero);
        Assert.That(await program.RunAsync(quick, CancellationToken.None), Is.Zero, "quick ones may be made again");

        Assert.That(await RunAsync(_ => 0, "payload"), Is.Zero);
        _commands.Clear();
        var before = Performance;
        Assert.That(await program.RunAsync(quick, CancellationToken.None), Is.EqualTo(1));
        Assert.That(_commands, Is.Empty);
        Assert.That(Performance, Is.EqualTo(before));
        Assert.That(
            () => ResultFolder.MustBeQuick(quick.ResultsFolder), Throws.TypeOf<LoadFailureException>().With.Message.Contains("(payload)").And.Message.Contains("name another folder"));
    }

    [Test]
    public async Task A_measurement_whose_memory_disk_is_not_there_fails_at_once_and_says_so()
    {
        var nowhere = Path.Combine(_root, "nowhere");
        var measurement = new ReportMeasurement("depth1", ["depth1", $"depth1 --data {nowhere} --repeats 3"], []);
        var program = new ReportProgram(Pretend(_ => 0), _output);
        Assert.That(await program.RunAsync(Settings() with { Measurements = [measurement] }, CancellationToken.None), Is.EqualTo(1));
        Assert.That(_commands, Is.Empty);
        Assert.That(_output.ToString(), Does.Contain($"depth1 has its data in {nowhere}, which is not there").And.Contain("failed: depth1"));
    }

    [Test]
    public async Task A_folder_without_documents_is_refused_before_anything_is_measured()
    {
        File.Delete(Path.Combine(Docs, "performance.md"));
        Assert.That(await RunAsync(_ => 0, "depth1"), Is.EqualTo(1));
        Assert.That(_commands, Is.Empty);
    }

    [TestCase("payload.json", "{")]
    [TestCase("payload.json", "null")]
    [TestCase("../performance.md", "<!-- result: nothing --><!-- /result -->")]
    public async Task What_could_not_be_rendered_in_the_end_is_refused_before_anything_is_measured(string file, string text)
    {
        Directory.CreateDirectory(Path.Combine(Docs, "results"));
        await File.WriteAllTextAsync(Path.Combine(Docs, "results", file), text);
        Assert.That(await RunAsync(_ => 0, "depth1"), Is.EqualTo(1));
        Assert.That(_commands, Is.Empty);
    }

    [Test]
    public async Task A_file_that_cannot_be_read_is_made_anew_by_its_own_measurement()
    {
        Directory.CreateDirectory(Path.Combine(Docs, "results"));
        await File.WriteAllTextAsync(Path.Combine(Docs, "results", "depth1.json"), "{");
        Assert.That(await RunAsync(_ => 0, "depth1"), Is.Zero);
    }

    [Test]
    public async Task What_failed_is_named_though_it_cannot_be_rendered()
    {
        var exitCode = await RunAsync(
            _ =>
            {
                File.Delete(Path.Combine(Docs, "performance.md"));
                return 1;
            },
            "depth1");
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(_output.ToString(), Does.Contain("failed: depth1"));
    }

    [TestCase("{", "cannot be read")]
    [TestCase("null", "cannot be read")]
    [TestCase("{\"measurement\":\"depth1\",\"command\":\"c\",\"isQuick\":false,\"machine\":{},\"runs\":[]}", "it has no runs")]
    [TestCase("{\"measurement\": \"depth1\"}", "cannot be read")]
    public void A_file_that_is_no_result_is_refused_with_what_to_do(string json, string message)
    {
        Directory.CreateDirectory(Path.Combine(Docs, "results"));
        File.WriteAllText(Path.Combine(Docs, "results", "depth1.json"), json);
        Assert.That(
            () => ResultFolder.Read(Path.Combine(Docs, "results")),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("depth1.json").And.Message.Contains(message).And.Message.Contains("Wire.Load report --only depth1"));
    }

    [Test]
    public void A_result_under_the_name_of_another_is_refused()
    {
        Directory.CreateDirectory(Path.Combine(Docs, "results"));
        SampleResults.File("payload").Write(Path.Combine(Docs, "results", "depth1.json"));
        Assert.That(() => ResultFolder.Read(Path.Combine(Docs, "results")), Throws.TypeOf<LoadFailureException>().With.Message.Contains("'payload'"));
    }

    [Test]
    public void Results_read_as_they_were_written()
    {
        var folder = Path.Combine(Docs, "results");
        Directory.CreateDirectory(folder);
        foreach (var measurement in ReportCatalog.All)
            SampleResults.File(measurement.Name).Write(ResultFolder.PathOf(folder, measurement));
        var read = ResultFolder.Read(folder);
        foreach (var measurement in ReportCatalog.All)
            Assert.That(JsonSerializer.Serialize(read.Find(measurement.Name), ResultJson.Default.ResultFile), Is.EqualTo(JsonSerializer.Serialize(SampleResults.File(measurement.Name), ResultJson.Default.ResultFile)));
        var load = SampleResults.Load(shapes: "256x64");
        var json = JsonSerializer.Serialize(load, ReportJson.Default.MeasurementReport);
        Assert.That(JsonSerializer.Serialize(JsonSerializer.Deserialize(json, ReportJson.Default.MeasurementReport), ReportJson.Default.MeasurementReport), Is.EqualTo(json));
    }

    private Task<int> RunAsync(Func<string, int> exitCode, params string[] measurements) =>
        new ReportProgram(Pretend(exitCode), _output).RunAsync(Settings(measurements), CancellationToken.None);

    private ReportSettings Settings(params string[] measurements) =>
        new() { Docs = Docs, Measurements = [.. measurements.Select(name => ReportCatalog.All.Single(measurement => measurement.Name == name))] };

    private Func<IReadOnlyList<string>, CancellationToken, Task<int>> Pretend(Func<string, int> exitCode) => (arguments, _) =>
    {
        Assert.That(arguments[^2], Is.EqualTo("--json"));
        var command = string.Join(' ', arguments.SkipLast(2));
        _commands.Add(command);
        new MeasurementReport { Machine = new MachineInfo(), Settings = SampleResults.Load(shapes: "1x1").Settings, Shapes = SampleResults.Load(shapes: "1x1").Shapes }.Write(arguments[^1]);
        return Task.FromResult(exitCode(command));
    };
}
