using System.Globalization;
using Wire.Load.Measurement;

namespace Wire.Load.Report;

/// <summary>What stands below a table: by which command it was made, when, on what, and whether it counts.</summary>
internal static class Caption
{
    /// <summary>What a quick result says of itself.</summary>
    public const string Quick = "A quick run, with short windows and small data: no figure of it is to be relied on.";

    private const int CommitDigits = 10;

    /// <summary>Of the results that a section shows; those that were made alike share a line.</summary>
    public static string Of(ResultFolder results, params IReadOnlyList<string> measurements)
    {
        var files = measurements.Select(results.Find).OfType<ResultFile>().ToList();
        var lines = files
            .GroupBy(file => (Machine: Describe(file), Date: Date(file.Machine), file.IsQuick))
            .Select(group => $"Made by `$load {string.Join(' ', ReportMeasurement.CommandFor(group.Select(file => file.Measurement)).Split(' ').Skip(1))}"
                + $"{(group.Key.IsQuick ? " --quick" : "")}` on {group.Key.Date}: {group.Key.Machine}.{(group.Key.IsQuick ? $" **{Quick}**" : "")}");
        return string.Join('\n', lines);
    }

    /// <summary>What stands below a chart's title.</summary>
    public static string Short(ResultFile file) =>
        $"{(file.IsQuick ? "QUICK RUN, not to be relied on. " : "")}{Date(file.Machine)}, {file.Machine.Cores} cores, client included";

    /// <summary>How often and how long was measured.</summary>
    public static string Windows(MeasurementSettings settings) => Windows(settings.Repeats, settings.Window);

    /// <summary>The same.</summary>
    public static string Windows(int repeats, TimeSpan window) => string.Create(
        CultureInfo.InvariantCulture, $"{(repeats == 1 ? "One window" : $"Medians of {repeats} windows")} of {window.TotalSeconds:0.##} s.");

    private static string Describe(ResultFile file)
    {
        var machine = file.Machine;
        string?[] parts =
        [
            $"{machine.Cores} cores{(machine.Processor is null ? "" : $" ({machine.Processor})")}", string.Create(CultureInfo.InvariantCulture, $"{machine.MemoryBytes / 1e9:0} GB"),
            machine.System, machine.Kernel is null ? null : $"kernel {machine.Kernel}", file.FileSystems.Count == 0 ? null : $"data on {string.Join(" and ", file.FileSystems)}",
            machine.Runtime, Version(machine.Version),
        ];
        return string.Join(", ", parts.OfType<string>());
    }

    // The commit stands behind the version, in full.
    private static string Version(string version) => version.Split('+') is [var number, var commit, ..]
        ? $"Wire {number} of commit {(commit.Length > CommitDigits ? commit[..CommitDigits] : commit)}"
        : $"Wire {version}";

    private static string Date(MachineInfo machine) => machine.Begun.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
