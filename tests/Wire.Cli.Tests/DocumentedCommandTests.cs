using Wire.Documents;

namespace Wire.Cli.Tests;

/// <summary>What the documents and the help tell users to type exists: the tool's commands and options, and the projects.</summary>
internal sealed class DocumentedCommandTests
{
    private const string ToolProject = "--project samples/Cli --";

    private static IEnumerable<ShellCommand> ToolCommands()
        => ShellCommand.All().Where(command => command.Program == "wire" || command.Arguments.Contains($"{ToolProject} ", StringComparison.Ordinal));

    private static IEnumerable<ShellCommand> DotnetCommands() => ShellCommand.All().Where(command => command.Program == "dotnet");

    [TestCaseSource(nameof(ToolCommands))]
    public void The_tool_understands_what_the_documents_say(object command)
    {
        // In a text a command may be named without what it is given; in a block it is there to be typed.
        var isNamed = CodeBlock.Documents.Contains(((ShellCommand)command).Place);
        Assert.That(Errors((ShellCommand)command).Where(error => !isNamed || !error.Contains(": Required ", StringComparison.Ordinal)), Is.Empty);
    }

    [TestCase("publish")]
    [TestCase("tail")]
    [TestCase("history")]
    [TestCase("replay")]
    [TestCase("load")]
    [TestCase("completion")]
    [TestCase("log")]
    [TestCase("log stat")]
    [TestCase("log verify")]
    [TestCase("log dump")]
    [TestCase("log trace")]
    [TestCase("log salvage")]
    public async Task The_tool_understands_the_examples_of_its_help(string command)
    {
        var (_, help, _) = await Tool.RunAsync($"{command} --help");
        var examples = ShellCommand.Of(command, help[help.IndexOf("Examples:", StringComparison.Ordinal)..]).ToList();
        Assert.That(examples, Has.Count.GreaterThanOrEqualTo(2));
        Assert.That(examples.Select(example => example.Arguments), Has.All.StartsWith(command));
        Assert.That(examples.SelectMany(Errors), Is.Empty);
    }

    [TestCaseSource(nameof(DotnetCommands))]
    public void What_dotnet_is_told_to_use_is_there(object command) => Assert.That(Missing((ShellCommand)command), Is.Empty);

    [TestCase("wire publish room-1 x --expected-heads 7")]
    [TestCase("wire dance")]
    [TestCase("dotnet run --project samples/Cli -- replay")]
    public void A_command_that_does_not_exist_is_an_error(string line) => Assert.That(Errors(ShellCommand.Of("", line).Single()), Is.Not.Empty);

    [TestCase("dotnet test tests/No.Such.Tests --filter X")]
    [TestCase("dotnet run -c Release --project samples/Nothing -- x")]
    public void A_project_that_does_not_exist_is_missing(string line) => Assert.That(Missing(ShellCommand.Of("", line).Single()), Is.Not.Empty);

    [Test]
    public void Commands_are_found()
    {
        Assert.That(ToolCommands().Select(command => command.Place), Has.Some.StartsWith("README.md").And.Some.StartsWith("docs/client.md"));
        Assert.That(DotnetCommands().Count(), Is.GreaterThan(10));
    }

    private static IEnumerable<string> Errors(ShellCommand command)
    {
        var arguments = command.Arguments;
        var start = arguments.IndexOf(ToolProject, StringComparison.Ordinal);
        if (start >= 0)
            arguments = arguments[(start + ToolProject.Length)..];
        return WireCommand.Parse(arguments).Errors.Select(error => $"{command}: {error.Message}");
    }

    // Of run, build, test and their like: folders and files that are named, up to what is passed on.
    private static IEnumerable<string> Missing(ShellCommand command)
        => command.Arguments.Split(" -- ")[0].Split(' ')
            .Where(word => word.Contains('/', StringComparison.Ordinal) || word.EndsWith(".sln", StringComparison.Ordinal))
            .Where(word => !word.StartsWith('"') && !Path.Exists(Path.Combine(CodeBlock.Root, word)))
            .Select(word => $"{command}: no {word}");
}
