using System.Diagnostics;

namespace Wire.Load.Engine;

/// <summary>Nanoseconds from some fixed moment on, never going back.</summary>
internal static class MonotonicClock
{
    private const long NanosecondsASecond = 1_000_000_000;

    /// <summary>Now.</summary>
    public static long Nanoseconds => Stopwatch.Frequency == NanosecondsASecond
        ? Stopwatch.GetTimestamp()
        : (long)((Int128)Stopwatch.GetTimestamp() * NanosecondsASecond / Stopwatch.Frequency);
}
