using System.Globalization;
using Wire.Load.Measurement;

namespace Wire.Load.OpenLoop;

/// <summary>Writes latencies by load: for each rate a row for F and one for Wire.</summary>
internal static class OpenLoopTable
{
    private static readonly string[] Columns =
        ["shape", "server", "load", "asked/s", "done/s", "p50 us", "p99 us", "p99.9 us", "max us", "server cores", "client cores", ""];

    /// <summary>Writes it.</summary>
    public static void Write(OpenLoopSettings settings, IReadOnlyList<OpenLoopShape> shapes, TextWriter to)
    {
        var rows = new List<string[]> { Columns };
        foreach (var shape in shapes)
        {
            foreach (var rate in shape.Rates)
            {
                Add(rows, shape, rate, rate.F);
                Add(rows, shape, rate, rate.Wire);
            }
        }

        to.WriteLine();
        to.WriteLine(FormattableString.Invariant($"Open loop, level {settings.Level}, payload {settings.PayloadBytes} B, linger {settings.Linger.TotalMilliseconds:0.###} ms; latency from when a publish was to be sent to its answer:"));
        to.WriteLine(FormattableString.Invariant($"medians of {settings.Repeats} windows of {settings.Window.TotalSeconds:0.0} s"));
        ResultTable.WriteAligned(rows, to);
        to.WriteLine();
        foreach (var shape in shapes)
        {
            var highest = Spread.Of(shape.Closed.Select(w => (double?)w.MessagesPerSecond))!.Value;
            to.WriteLine($"{shape.Shape}: at most {ResultTable.Rate(highest.Median)} a second in a closed loop, from {ResultTable.Rate(highest.Min)} to {ResultTable.Rate(highest.Max)}");
            foreach (var rate in shape.Rates)
            {
                var p99 = Spread.Of(rate.Wire.Select(w => (double?)w.P99Microseconds / 1e3))!.Value;
                to.WriteLine(FormattableString.Invariant($"{shape.Shape}: p99 at {rate.Load:0.00} of it: {p99.Median:0.0} ms, from {p99.Min:0.0} to {p99.Max:0.0}"));
            }
        }
    }

    private static void Add(List<string[]> rows, OpenLoopShape shape, OpenLoopRate rate, List<WindowResult> windows)
    {
        if (windows.Count == 0)
            return;
        var fellBehind = rate.FellBehind(windows);
        rows.Add(
        [
            shape.Shape.ToString(), windows[0].Server, rate.Load.ToString("0.00", CultureInfo.InvariantCulture),
            ResultTable.Rate(Spread.Of(rate.Asked.Select(a => (double?)a))!.Value.Median),
            ResultTable.Rate(Median(w => w.MessagesPerSecond)),
            Text(w => w.P50Microseconds, "0"), Text(w => w.P99Microseconds, "0"), Text(w => w.P999Microseconds, "0"),
            Text(w => w.MaxMicroseconds, "0"), Text(w => w.ServerCores ?? 0, "0.00"), Text(w => w.ClientCores, "0.00"),
            fellBehind == 0 ? "" : $"fell behind in {fellBehind}",
        ]);

        double Median(Func<WindowResult, double> value) => Spread.Of(windows.Select(w => (double?)value(w)))!.Value.Median;
        string Text(Func<WindowResult, double> value, string format) => Median(value).ToString(format, CultureInfo.InvariantCulture);
    }
}
