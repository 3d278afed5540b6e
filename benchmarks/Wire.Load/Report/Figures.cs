using System.Globalization;
using Wire.Load.Measurement;

namespace Wire.Load.Report;

/// <summary>Numbers as documents and charts show them: three digits that count, and a unit.</summary>
internal static class Figures
{
    /// <summary>Where nothing was measured.</summary>
    public const string None = "-";

    /// <summary>Something a second: 5.91 M/s.</summary>
    public static string Rate(double? value) => value switch
    {
        null => None,
        >= 1e6 => $"{Fixed(value.Value / 1e6)} M/s",
        >= 1e3 => $"{Fixed(value.Value / 1e3)} k/s",
        _ => $"{Digits(value.Value)}/s",
    };

    /// <summary>The same of several windows: 5.91 M/s (5.20 M/s to 6.12 M/s).</summary>
    public static string Rate(Spread? spread) =>
        spread is { } rate ? $"{Rate(rate.Median)} ({Rate(rate.Min)} to {Rate(rate.Max)})" : None;

    /// <summary>A number in a chart: 250k.</summary>
    public static string Scaled(double value) => value switch
    {
        >= 1e9 => $"{Digits(value / 1e9)}G",
        >= 1e6 => $"{Digits(value / 1e6)}M",
        >= 1e3 => $"{Digits(value / 1e3)}k",
        _ => Digits(value),
    };

    /// <summary>A whole number: 10,000.</summary>
    public static string Count(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A time: 136 us, 4.4 ms.</summary>
    public static string Time(double? microseconds) => microseconds switch
    {
        null => None,
        >= 1e6 => $"{Digits(microseconds.Value / 1e6)} s",
        >= 1e3 => $"{Digits(microseconds.Value / 1e3)} ms",
        >= 1 or 0 => $"{Digits(microseconds.Value)} us",
        _ => $"{Digits(microseconds.Value * 1e3)} ns",
    };

    /// <summary>CPU time a message: 75 ns, 2.7 us.</summary>
    public static string Nanoseconds(double? value) => value is >= 0 and < 1000 or < 0 ? $"{Digits(value.Value)} ns" : Time(value / 1e3);

    /// <summary>Memory or a size: 16 B, 64 KiB.</summary>
    public static string Bytes(double? value) => value switch
    {
        null => None,
        >= 1 << 30 => $"{Digits(value.Value / (1 << 30))} GiB",
        >= 1 << 20 => $"{Digits(value.Value / (1 << 20))} MiB",
        >= 1 << 10 => $"{Digits(value.Value / (1 << 10))} KiB",
        _ => $"{Digits(value.Value)} B",
    };

    /// <summary>A ratio: 0.82 (0.58 to 1.15).</summary>
    public static string Ratio(Spread? spread) =>
        spread is { } ratio ? $"**{Fixed(ratio.Median)}** ({Fixed(ratio.Min)} to {Fixed(ratio.Max)})" : None;

    /// <summary>Median of some values; null where there are none.</summary>
    public static double? Median(IEnumerable<double?> values) => Spread.Of(values)?.Median;

    /// <summary>Two decimals below 10, one below 100, else none; without zeros at the end.</summary>
    public static string Digits(double value) => Format(value) is "0" ? Fixed(value) : Fixed(value).TrimEnd('0').TrimEnd('.');

    /// <summary>The same with zeros: 0.80 stands below 0.75.</summary>
    public static string Fixed(double value) => value.ToString(Format(value), CultureInfo.InvariantCulture);

    private static string Format(double value) => Math.Abs(value) switch
    {
        >= 99.95 => "0",
        >= 9.995 => "0.0",
        _ => "0.00",
    };
}
