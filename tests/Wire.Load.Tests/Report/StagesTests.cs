using System.Text.RegularExpressions;
using NUnit.Framework;
using Wire.Documents;
using Wire.Load.Report.Sections;
using Wire.Load.Stages;

namespace Wire.Load.Tests.Report;

/// <summary>The benchmarks that the table of stages shows.</summary>
[TestFixture]
internal sealed class StagesTests
{
    private const string Export = """
        {"Title":"t","Benchmarks":[{"Type":"AckBenchmarks","Method":"Write","Parameters":"SessionIdBytes=16","FullName":"AckBenchmarks.Write(SessionIdBytes: 16)",
        "Statistics":{"OriginalValues":[6.7,7],"N":2,"Min":6.7,"Median":6.85,"Max":7.0},"Memory":{"Gen0Collections":0,"BytesAllocatedPerOperation":168}}]}
        """;

    private static IEnumerable<StageRow> Rows() => StagesSection.Rows;

    [TestCaseSource(nameof(Rows))]
    public void Each_stage_is_of_benchmarks_that_there_are(object of)
    {
        var row = (StageRow)of;
        var source = File.ReadAllText(Path.Combine(CodeBlock.Root, StagesSettings.DefaultProject, "Stages", row.Class + ".cs"));
        var least = row.Least is { } floor ? new[] { floor.Method } : [];
        foreach (var method in row.Methods.Concat(least).Concat(row.Beside.Select(beside => beside.Method)))
            Assert.That(source, Does.Match($@"public \w+ {method}\(\)"));
        foreach (var parameters in row.Beside.Select(beside => beside.Parameters).OfType<string>().Append(row.Parameters))
        {
            var (name, value) = (parameters.Split('=')[0], parameters.Split('=')[1]);
            var values = Regex.Match(source, $@"\[Params\((.*)\)\]\s+public \w+ {name} {{ get; set; }}").Groups[1].Value.Split(", ");
            Assert.That(values.Select(text => text.Replace("_", "", StringComparison.Ordinal).Split('.')[^1]), Does.Contain(value), name);
        }
    }

    [Test]
    public void A_run_of_all_stages_that_left_one_out_has_failed_and_names_it()
    {
        var stages = StagesSection.Rows.SelectMany(row => row.Names()).Distinct().Select(Stage).ToList();
        Assert.That(() => StagesProgram.MustBeComplete(new StagesSettings(), stages), Throws.Nothing);
        stages.RemoveAll(stage => stage is { Class: "FetchBenchmarks", Parameters: "Log=Compacted" });
        Assert.That(
            () => StagesProgram.MustBeComplete(new StagesSettings(), stages),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("no result of FetchBenchmarks.NewestMessages(Log=Compacted); "));
        Assert.That(() => StagesProgram.MustBeComplete(new StagesSettings { Filters = ["*Ack*"] }, stages), Throws.Nothing, "some were asked for");

        static StageResult Stage(string name) => new(name.Split('.')[0], name.Split('.', '(')[1], name.Split('(', ')')[1], 1, 1, 1, 1, null);
    }

    [Test]
    public void The_document_names_the_filters_that_are_run() => Assert.That(
        File.ReadAllText(Path.Combine(CodeBlock.Root, "docs", "performance.md")),
        Does.Contain("--filter " + string.Join(' ', StagesSettings.AllStages.Select(filter => $"'{filter}'"))));

    [Test]
    public void What_is_kept_of_an_export_is_what_the_table_shows() =>
        Assert.That(BenchmarkExport.Parse(Export), Is.EqualTo(new[] { new StageResult("AckBenchmarks", "Write", "SessionIdBytes=16", 2, 6.7, 6.85, 7, 168) }));

    [Test]
    public void A_benchmark_without_the_diagnoser_has_no_allocations() =>
        Assert.That(BenchmarkExport.Parse(Export.Replace(",\"Memory\":{\"Gen0Collections\":0,\"BytesAllocatedPerOperation\":168}", "", StringComparison.Ordinal)).Single().AllocatedBytes, Is.Null);

    [Test]
    public void A_benchmark_that_failed_is_named() => Assert.That(
        () => BenchmarkExport.Parse("""{"Benchmarks":[{"FullName":"AckBenchmarks.Write","Statistics":null}]}"""),
        Throws.TypeOf<LoadFailureException>().With.Message.Contains("AckBenchmarks.Write has no result"));

    [TestCase("{")]
    [TestCase("{}")]
    [TestCase("""{"Benchmarks":[{}]}""")]
    [TestCase("""{"Benchmarks":3}""")]
    public void What_is_no_export_is_refused(string json) =>
        Assert.That(() => BenchmarkExport.Parse(json), Throws.TypeOf<LoadFailureException>().With.Message.Contains("export of BenchmarkDotNet's"));

    [Test]
    public async Task A_project_that_is_not_there_is_refused_with_what_to_do()
    {
        var error = Console.Error;
        using var said = new StringWriter();
        Console.SetError(said);
        try
        {
            Assert.That(await StagesProgram.RunAsync(new StagesSettings { Project = "nowhere" }, TextWriter.Null, CancellationToken.None), Is.EqualTo(1));
        }
        finally
        {
            Console.SetError(error);
        }

        Assert.That(said.ToString(), Does.Contain("nowhere is not there").And.Contain("--project"));
    }
}
