using System.Globalization;
using Wire.Load.Measurement;

namespace Wire.Load.History;

/// <summary>What was found of one large session.</summary>
/// <param name="Messages">How many messages it has.</param>
/// <param name="First">Pages of its first messages.</param>
/// <param name="Last">Pages of its newest ones.</param>
/// <param name="Anywhere">Pages at random.</param>
/// <param name="CatchUpSeconds">How long it took to follow it from the first message to the newest.</param>
internal sealed record LargeSessionResult(long Messages, LatencySummary First, LatencySummary Last, LatencySummary Anywhere, double CatchUpSeconds)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Messages,9} messages: first page p50 {First.P50Microseconds:0} us, last page {Last.P50Microseconds:0} us, any page {Anywhere.P50Microseconds:0} us; "
        + $"catch-up from 1 in {CatchUpSeconds:0.00} s, {CatchUpSeconds * 1e9 / Messages:0} ns a message");
}
