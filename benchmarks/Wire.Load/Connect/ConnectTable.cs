using System.Globalization;
using Wire.Load.Measurement;

namespace Wire.Load.Connect;

/// <summary>Writes what connections take: for each number of them a row for F, one for Wire, and what compares them.</summary>
internal static class ConnectTable
{
    private static readonly string[] Columns =
        ["connections", "server", "conns/s", "min", "max", "server us", "client us", "alloc KB", "idle KB", "min", "max", "heap KB"];

    /// <summary>Writes it.</summary>
    public static void Write(ConnectReport report, TextWriter to)
    {
        var (settings, results) = (report.Settings, report.Results);
        var rows = new List<string[]> { Columns };
        foreach (var result in results)
        {
            Add(rows, result, [.. result.Repeats.Select(r => r.F).OfType<ConnectWindow>()]);
            Add(rows, result, [.. result.Repeats.Select(r => r.Wire)]);
        }

        to.WriteLine();
        to.WriteLine($"Connections with their handshake, each {settings.Repeats} times on a new server; of a connection: CPU, allocations, memory while it is idle:");
        ResultTable.WriteAligned(rows, to);
        to.WriteLine();
        foreach (var result in results)
        {
            if (result.Ratio is { } ratio)
            {
                var each = string.Join(' ', result.Repeats.Select(r => Text(r.Ratio!.Value, "0.00")));
                to.WriteLine($"{result.Connections}: Wire/F: {Text(ratio.Median, "0.00")}, from {Text(ratio.Min, "0.00")} to {Text(ratio.Max, "0.00")} ({each})");
            }

            if (result.MemoryOfWire is { } wire)
            {
                var beyond = result.MemoryOfF is { } f ? $", F's {Text(f.Median / 1e3, "0.00")} KB" : "";
                to.WriteLine($"{result.Connections}: memory of an idle connection: {Text(wire.Median / 1e3, "0.00")} KB{beyond}");
            }
        }

        if (report.Range is var (fewest, most) && report.MemoryOfWireForEachMore is { } more)
        {
            var beyond = report.MemoryOfFForEachMore is { } f ? $", F's {Text(f.Median / 1e3, "0.00")} KB" : "";
            to.WriteLine(
                $"{fewest.Connections} to {most.Connections}: memory of each more: {Text(more.Median / 1e3, "0.00")} KB, "
                + $"from {Text(more.Min / 1e3, "0.00")} to {Text(more.Max / 1e3, "0.00")}{beyond}");
        }
    }

    private static void Add(List<string[]> rows, ConnectResult result, List<ConnectWindow> windows)
    {
        if (windows.Count == 0)
            return;
        var rate = Of(w => w.ConnectionsPerSecond);
        var memory = Of(w => w.MemoryBytesPerConnection / 1e3);
        rows.Add(
        [
            result.Connections.ToString(CultureInfo.InvariantCulture), windows[0].Server,
            ResultTable.Rate(rate.Median), ResultTable.Rate(rate.Min), ResultTable.Rate(rate.Max),
            Text(Of(w => w.ServerMicrosecondsPerConnection).Median, "0.0"), Text(Of(w => w.ClientMicrosecondsPerConnection).Median, "0.0"),
            Text(Of(w => w.AllocatedBytesPerConnection / 1e3).Median, "0.0"),
            Text(memory.Median, "0.00"), Text(memory.Min, "0.00"), Text(memory.Max, "0.00"),
            Text(Of(w => w.HeapBytesPerConnection / 1e3).Median, "0.00"),
        ]);

        Spread Of(Func<ConnectWindow, double> value) => Spread.Of(windows.Select(w => (double?)value(w)))!.Value;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
