using System.CommandLine;

namespace Wire.Cli.Completion;

/// <summary><c>wire complete LINE</c>: what the scripts of <see cref="CompletionCommand"/> ask. A candidate a line.</summary>
internal static class CompleteCommand
{
    public static Command Create()
    {
        var line = new Argument<string>("LINE") { Description = "What is typed so far, from the tool's name to the cursor" };
        var command = new Command("complete", "Prints what may come next") { line };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            foreach (var candidate in Candidates(parsed.GetRequiredValue(line)))
                Console.WriteLine(candidate);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>What may stand in place of the last word of a line. Nothing where anything may, as for a session or a file.</summary>
    public static IEnumerable<string> Candidates(string line)
    {
        // However the tool was called, the rest is the same.
        var typed = line.TrimStart();
        var name = typed.IndexOf(' ', StringComparison.Ordinal);
        if (name < 0)
            return [];
        var rest = typed[name..].TrimStart();
        var word = rest[(rest.LastIndexOf(' ') + 1)..];

        // Options are many and asked for by a dash; without one a name of the user's own is due.
        return WireCommand.Parse(rest).GetCompletions(rest.Length)
            .Select(completion => completion.InsertText ?? completion.Label)
            .Where(candidate => candidate.StartsWith(word, StringComparison.Ordinal))
            .Where(candidate => word.StartsWith('-') || candidate[0] is not ('-' or '/'))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
    }
}
