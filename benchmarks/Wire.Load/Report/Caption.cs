using System.Globalization;
using Wire.Load.Measurement;

namespace Wire.Load.Report;

/// <summary>What stands below a table: by which command it was made, when, on what, and whether it counts.</summary>
internal static class Caption
{
    /// <summary>What a quick result says of itself.</summary>
    public const string Quick = "A quick run, with short windows and small data: no figure of it is to be relied on.";

    /// <summary>Of the results that a section shows; those that were made alike share a line.</summary>
    public static string Of(ResultFolder results, params IReadOnlyList<string> measurements)
    {
        var files = measurements.Select(results.Find).OfType<ResultFile>().ToList();
        var lines = files
            .GroupBy(file => (Machine: Describe(file.Machine), Date: Date(file.Machine), file.IsQuick))
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

    private static string Describe(MachineInfo machine) => string.Create(
        CultureInfo.InvariantCulture,
        $"{machine.Cores} cores{(machine.Processor is null ? "" : $" ({machine.Processor})")}, {machine.MemoryBytes / 1e9:0} GB, {machine.System}, {machine.Runtime}");

    private static string Date(MachineInfo machine) => machine.Begun.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
