namespace Wire.Client;

/// <summary>How long to wait before the next attempt to connect.</summary>
internal static class ReconnectDelay
{
    /// <summary>No server means to send a client away for longer.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>
    /// The time that the server asked for, and on it one drawn evenly from the upper half of what has doubled with each
    /// failure in a row, so that clients that were lost together do not come back together.
    /// </summary>
    /// <param name="failures">Connections in a row on which the server did not serve this client.</param>
    /// <param name="min">What is doubled.</param>
    /// <param name="max">Where the doubling ends.</param>
    /// <param name="asked">What the server asked for, or zero.</param>
    /// <param name="draw">0 to 1.</param>
    public static TimeSpan Of(int failures, TimeSpan min, TimeSpan max, TimeSpan asked, double draw)
    {
        var doubled = Math.Min(min.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 40)), max.TotalMilliseconds);
        var delay = asked + TimeSpan.FromMilliseconds(doubled * (1 + draw) / 2);
        return delay < Longest ? delay : Longest;
    }
}
