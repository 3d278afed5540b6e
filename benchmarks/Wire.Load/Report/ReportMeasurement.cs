namespace Wire.Load.Report;

/// <summary>One measurement of the report, which is one file of results.</summary>
/// <param name="Name">Its name, and that of its file without <c>.json</c>.</param>
/// <param name="Commands">The program's commands that make it, as they are typed.</param>
/// <param name="QuickCommands">The same with short windows and small data.</param>
internal sealed record ReportMeasurement(string Name, IReadOnlyList<string> Commands, IReadOnlyList<string> QuickCommands)
{
    /// <summary>The command that makes this file alone.</summary>
    public string Command => CommandFor([Name]);

    /// <summary>The command that makes the files of these measurements.</summary>
    public static string CommandFor(IEnumerable<string> names) => $"Wire.Load report --only {string.Join(',', names)}";

    /// <summary>The folders that commands have their data in and that are not there.</summary>
    public static IReadOnlyList<string> MissingFolders(IEnumerable<string> commands) =>
    [
        .. commands.Select(command => command.Split(" --data ")).Where(parts => parts.Length > 1).Select(parts => parts[1].Split(' ')[0])
            .Distinct().Where(folder => !Directory.Exists(folder)),
    ];

    /// <summary>Whether it is meant by a name: its own, or what its name begins with.</summary>
    public bool Answers(string name) => Name == name || Name.StartsWith(name + "-", StringComparison.Ordinal);
}
