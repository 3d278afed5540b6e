using System.CommandLine;
using Wire.Load.Report;

namespace Wire.Load.Commands;

/// <summary><c>report</c>: all tables and charts of the documents.</summary>
internal static class ReportCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var only = new Option<string?>("--only")
        {
            Description = "The measurements to make, several with commas; 'publish' means each that begins with 'publish-', too. Default: all.",
            HelpName = "name,...",
        };
        only.Validators.Add(result =>
        {
            foreach (var name in Names(result.GetValue(only)).Where(name => !ReportCatalog.All.Any(measurement => measurement.Answers(name))))
                result.AddError($"'{name}' is no measurement; there are {string.Join(", ", ReportCatalog.All.Select(measurement => measurement.Name))}.");
        });
        var render = new Option<bool>("--render") { Description = "Measure nothing: make tables and charts of the results that are there." };
        var quick = new Option<bool>("--quick")
        {
            Description = $"Short windows and small data, to try it out: no figure is to be relied on. Goes to {ReportSettings.QuickFolder} unless told otherwise.",
        };
        var results = new Option<string?>("--results") { Description = "The folder for raw results; default: results in that of the documents.", HelpName = "folder" };
        var docs = new Option<string?>("--docs")
        {
            Description = $"The folder with performance.md, for tables and charts; README.md is the one beside that folder. Default: {ReportSettings.Folder}.",
            HelpName = "folder",
        };
        var command = new Command("report", "Makes every measurement of the documents, writes raw results, and renders tables and charts from them.")
        {
            only, render, quick, results, docs,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(render) && (result.GetValue(quick) || result.GetValue(only) is not null))
                result.AddError("--render measures nothing, so there is nothing to be quick or to choose.");
        });
        command.SetAction((parsed, cancellation) => new ReportProgram(Invoke, Console.Out).RunAsync(
            new ReportSettings
            {
                Measurements = parsed.GetValue(render)
                    ? []
                    : [.. ReportCatalog.All.Where(measurement => parsed.GetValue(only) is null || Names(parsed.GetValue(only)).Any(measurement.Answers))],
                IsQuick = parsed.GetValue(quick),
                Docs = parsed.GetValue(docs) ?? (parsed.GetValue(quick) ? ReportSettings.QuickFolder : ReportSettings.Folder),
                Results = parsed.GetValue(results),
                // A trial run that was not told where to go gets documents of its own.
                CopiesDocuments = parsed.GetValue(quick) && parsed.GetValue(docs) is null,
            },
            cancellation));
        return command;
    }

    // The command as it would be typed, in this process: what is measured is what that command measures.
    private static Task<int> Invoke(IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        WireLoadCommand.Create().Parse(arguments).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, cancellation);

    private static string[] Names(string? list) => list?.Split(',') ?? [];
}
