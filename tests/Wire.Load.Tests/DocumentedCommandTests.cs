using NUnit.Framework;
using Wire.Documents;
using Wire.Load.Commands;
using Wire.Load.Report;

namespace Wire.Load.Tests;

/// <summary>What the documents tell users to measure with can be typed so.</summary>
internal sealed class DocumentedCommandTests
{
    private static IEnumerable<ShellCommand> Commands()
        => ShellCommand.All().Where(command => command.Program is "$load" || command.Program.EndsWith("/Wire.Load", StringComparison.Ordinal));

    [TestCaseSource(nameof(Commands))]
    public void The_load_generator_understands_what_the_documents_say(object command)
        => Assert.That(Errors(((ShellCommand)command).Arguments), Is.Empty);

    [TestCase("publish --levels disk")]
    [TestCase("measure")]
    [TestCase("history --in-hand 5")]
    [TestCase("recovery --sizes 5,2")]
    [TestCase("open --loads 0.5,0")]
    [TestCase("connect --connections 1000,0")]
    [TestCase("connect --connections 5 --processes 6")]
    [TestCase("publish --shapes 64x1,1x64 --processes 2")]
    [TestCase("publish --shapes 64 --processes 2")]
    [TestCase("turns --sessions 5 --processes 2")]
    [TestCase("deliver --sessions 5 --shapes 6x1")]
    [TestCase("depth1 --processes 2")]
    [TestCase("publish --encrypt --in-memory --level memory")]
    [TestCase("publish --peers signalr")]
    [TestCase("peers --peers redis")]
    [TestCase("peers --endpoint 127.0.0.1:7400")]
    [TestCase("peers --sessions 3")]
    [TestCase("report --only publishes")]
    [TestCase("report --render --only publish")]
    [TestCase("report --render --quick")]
    [TestCase("publish --encrypt --endpoint 127.0.0.1:7400")]
    [TestCase("publish --fill 1 --endpoint 127.0.0.1:7400")]
    [TestCase("publish --fill 1 --in-memory --level memory")]
    [TestCase("stages --iterations 0")]
    [TestCase("publish --json no/such/folder/results.json")]
    [TestCase("history --json .")]
    public void A_command_that_does_not_exist_is_an_error(string arguments) => Assert.That(Errors(arguments), Is.Not.Empty);

    [Test]
    public void Commands_are_found() => Assert.That(Commands().Count(), Is.GreaterThanOrEqualTo(5));

    private static IEnumerable<string> Reported() => ReportCatalog.All.SelectMany(measurement => measurement.Commands.Concat(measurement.QuickCommands));

    [TestCaseSource(nameof(Reported))]
    public void The_load_generator_understands_what_the_report_makes(string arguments) => Assert.That(Errors(arguments + " --json results.json"), Is.Empty);

    [TestCase("open")]
    [TestCase("history")]
    [TestCase("recovery")]
    [TestCase("stages")]
    public void What_the_documents_measure_is_what_the_report_does(string command)
    {
        var documented = Commands().Select(one => one.Arguments).Where(arguments => arguments.Split(' ')[0] == command).ToList();
        Assert.That(documented, Is.Not.Empty);
        Assert.That(documented, Is.SubsetOf(ReportCatalog.All.SelectMany(measurement => measurement.Commands)));
    }

    private static IEnumerable<string> Errors(string arguments) => WireLoadCommand.Create().Parse(arguments).Errors.Select(error => error.Message);
}
