using System.CommandLine;
using Wire.Load.Stages;

namespace Wire.Load.Commands;

/// <summary><c>stages</c>: what each stage of a message's way costs.</summary>
internal static class StagesCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var defaults = new StagesSettings();
        var filter = new Option<string>("--filter")
        {
            Description = "BenchmarkDotNet's filters, several with commas.",
            DefaultValueFactory = _ => string.Join(',', defaults.Filters),
            HelpName = "glob,...",
        };
        var iterations = LoadCommand.Number("--iterations", "Iterations of each benchmark.", defaults.Iterations, 1, 1_000);
        var time = LoadCommand.Number("--iteration-time", "Length of an iteration in milliseconds.", defaults.IterationMilliseconds, 1, 60_000);
        var project = new Option<string>("--project")
        {
            Description = "The benchmarks' project.",
            DefaultValueFactory = _ => StagesSettings.DefaultProject,
            HelpName = "folder",
        };
        var json = LoadCommand.Json();
        var command = new Command("stages", "Measures what each stage of a message's way costs, with BenchmarkDotNet.")
        {
            filter, iterations, time, project, json,
        };
        command.SetAction((parsed, cancellation) => StagesProgram.RunAsync(
            new StagesSettings
            {
                Filters = parsed.GetValue(filter)!.Split(','),
                Iterations = parsed.GetValue(iterations),
                IterationMilliseconds = parsed.GetValue(time),
                Project = parsed.GetValue(project)!,
                JsonPath = parsed.GetValue(json),
            },
            Console.Out,
            cancellation));
        return command;
    }
}
