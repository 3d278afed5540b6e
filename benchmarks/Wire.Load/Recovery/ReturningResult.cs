using System.Globalization;

namespace Wire.Load.Recovery;

/// <summary>Sessions that came back.</summary>
/// <param name="Count">How many.</param>
/// <param name="Seconds">How long all of them took.</param>
/// <param name="ServerNanosecondsPerSession">CPU time of the server for each.</param>
internal sealed record ReturningResult(long Count, double Seconds, double ServerNanosecondsPerSession)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Count} sessions that were not in memory came back with a publish that was stored before: all were told that it is a duplicate; {Count / Seconds:0} a second, {ServerNanosecondsPerSession / 1e3:0.0} us of server CPU each");
}
