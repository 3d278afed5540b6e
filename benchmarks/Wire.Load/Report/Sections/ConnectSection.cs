using System.Globalization;
using Wire.Load.Connect;
using Wire.Load.Measurement;

namespace Wire.Load.Report.Sections;

/// <summary>What connections take.</summary>
internal static class ConnectSection
{
    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var report = results.Runs("connect", ConnectJson.Default.ConnectReport)[0];
        var table = new MarkdownTable(
            "Connections", "F accepts", "Wire accepts", "Wire/F, median (lowest to highest)", "server CPU for each, F", "Wire", "memory of an idle one, F", "Wire", "of that managed, Wire");
        foreach (var result in report.Results)
        {
            table.Add(
                Figures.Count(result.Connections), Figures.Rate(F(result, w => w.ConnectionsPerSecond)), Figures.Rate(Of(result, w => w.ConnectionsPerSecond)), Figures.Ratio(result.Ratio),
                Figures.Time(F(result, w => w.ServerMicrosecondsPerConnection)), Figures.Time(Of(result, w => w.ServerMicrosecondsPerConnection)),
                Kilobytes(result.MemoryOfF?.Median), Kilobytes(result.MemoryOfWire?.Median), Kilobytes(Of(result, w => w.HeapBytesPerConnection)));
        }

        return $"{table}\n![Memory of an idle connection](charts/memory.svg)\n\n"
            + string.Create(CultureInfo.InvariantCulture, $"Medians of {report.Settings.Repeats} servers each. ") + Caption.Of(results, "connect");
    }

    private static double? F(ConnectResult result, Func<ConnectWindow, double?> value) => Figures.Median(result.Repeats.Select(repeat => repeat.F is { } f ? value(f) : null));

    private static double? Of(ConnectResult result, Func<ConnectWindow, double?> value) => Figures.Median(result.Repeats.Select(repeat => value(repeat.Wire)));

    private static string Kilobytes(double? bytes) => bytes is { } value ? $"{Figures.Digits(value / 1e3)} KB" : Figures.None;
}
