using System.Globalization;

namespace Wire.Cli.Log;

/// <summary>How addresses, times and sizes are written.</summary>
internal static class LogText
{
    public static string Address(long address) => address.ToString("x16", CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture);

    public static string? Time(long? nanoseconds) => nanoseconds is { } ns ? Time(DateTimeOffset.UnixEpoch.AddTicks(ns / TimeSpan.NanosecondsPerTick)) : null;

    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
