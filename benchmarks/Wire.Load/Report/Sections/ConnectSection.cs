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
            "Connections", "F accepts (lowest to highest)", "Wire accepts", "Wire/F, median (lowest to highest)", "server CPU for each, F", "Wire", "client CPU, F", "Wire", "memory of an idle one, F", "Wire", "of that managed, Wire");
        foreach (var result in report.Results)
        {
            table.Add(
                Figures.Count(result.Connections), Figures.Rate(Spread.Of(result.Repeats.Select(repeat => repeat.F?.ConnectionsPerSecond))), Figures.Rate(Of(result, w => w.ConnectionsPerSecond)), Figures.Ratio(result.Ratio),
                Figures.Time(F(result, w => w.ServerMicrosecondsPerConnection)), Figures.Time(Of(result, w => w.ServerMicrosecondsPerConnection)),
                Figures.Time(F(result, w => w.ClientMicrosecondsPerConnection)), Figures.Time(Of(result, w => w.ClientMicrosecondsPerConnection)),
                Kilobytes(result.MemoryOfF?.Median), Kilobytes(result.MemoryOfWire?.Median), Kilobytes(Of(result, w => w.HeapBytesPerConnection)));
        }

        var more = report.Range is var (fewest, most)
            ? $"Each connection more, from {Figures.Count(fewest.Connections)} to {Figures.Count(most.Connections)}: {Memory(report.MemoryOfFForEachMore)} of F's memory, "
                + $"**{Memory(report.MemoryOfWireForEachMore)}** of Wire's. What the process takes once is in the table's figures and not in these.\n\n"
            : "";
        return $"{table}\n{more}![Memory of an idle connection](charts/memory.svg)\n\n"
            + string.Create(CultureInfo.InvariantCulture, $"Medians of {report.Settings.Repeats} servers each. ") + LimitOf(report) + Caption.Of(results, "connect");
    }

    private static string LimitOf(ConnectReport report)
    {
        var limited = report.Results
            .Select(result => (result.Connections, Servers: result.Repeats.SelectMany(repeat => new[] { repeat.F, repeat.Wire }).OfType<ConnectWindow>()
                .Where(w => w.ClientMicrosecondsPerConnection >= w.ServerMicrosecondsPerConnection).Select(w => w.Server).Distinct().ToList()))
            .Where(result => result.Servers.Count > 0)
            .Select(result => $"{Figures.Count(result.Connections)} connections ({string.Join(", ", result.Servers)})").ToList();
        return limited.Count == 0 ? "" : $"{ClientLimit.Meaning}: {string.Join("; ", limited)}. ";
    }

    private static double? F(ConnectResult result, Func<ConnectWindow, double?> value) => Figures.Median(result.Repeats.Select(repeat => repeat.F is { } f ? value(f) : null));

    private static double? Of(ConnectResult result, Func<ConnectWindow, double?> value) => Figures.Median(result.Repeats.Select(repeat => value(repeat.Wire)));

    private static string Memory(Spread? spread) => spread is { } value ? $"{Kilobytes(value.Median)} ({Figures.Digits(value.Min / 1e3)} to {Figures.Digits(value.Max / 1e3)})" : Figures.None;

    private static string Kilobytes(double? bytes) => bytes is { } value ? $"{Figures.Digits(value / 1e3)} KB" : Figures.None;
}
