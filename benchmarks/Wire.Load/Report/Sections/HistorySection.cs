using Wire.Load.History;
using Wire.Load.Measurement;

namespace Wire.Load.Report.Sections;

/// <summary>Pages of stored sessions.</summary>
internal static class HistorySection
{
    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var report = results.Runs("history", HistoryJson.Default.HistoryReport)[0];
        var table = new MarkdownTable("", "queries a second, median (lowest to highest)", "p50", "p99", "p99.9", "server's CPU a query", "client's");
        Add(table, "from memory", report.Warm);
        if (report.Cold is { } cold)
            Add(table, $"from the disk, caches {cold.Caches}", cold);
        var text = $"{table}\n";
        if (report.Large.Count > 0)
        {
            var large = new MarkdownTable("messages of one session", "first page, p50", "last page", "any page", "catching up with all of it, a message");
            foreach (var session in report.Large)
            {
                large.Add(
                    Figures.Count(session.Messages), Figures.Time(session.First.P50Microseconds), Figures.Time(session.Last.P50Microseconds),
                    Figures.Time(session.Anywhere.P50Microseconds), Figures.Nanoseconds(session.CatchUpSeconds * 1e9 / session.Messages));
            }

            text += $"{large}\n";
        }

        var settings = report.Settings;
        return text + $"The newest {settings.Limit} messages of {settings.PayloadBytes} bytes of one of {Figures.Count(settings.Sessions)} sessions at random, "
            + $"{settings.Connections} connections with {settings.InHand} Fetches in hand; {Figures.Digits(report.LogBytes / 1e6)} MB of log. "
            + $"{Caption.Windows(settings.Repeats, settings.Window)} {Caption.Of(results, "history")}";
    }

    private static void Add(MarkdownTable table, string what, HistoryResult result)
    {
        var rate = Spread.Of(result.Windows.Select(w => (double?)w.QueriesPerSecond))!.Value;
        table.Add(
            what, $"**{Figures.Count(rate.Median)}** ({Figures.Count(rate.Min)} to {Figures.Count(rate.Max)})", Figures.Time(result.Latency.P50Microseconds),
            Figures.Time(result.Latency.P99Microseconds), Figures.Time(result.Latency.P999Microseconds),
            Figures.Nanoseconds(Figures.Median(result.Windows.Select(w => (double?)w.ServerNanosecondsPerQuery))),
            Figures.Nanoseconds(Figures.Median(result.Windows.Select(w => (double?)w.ClientNanosecondsPerQuery))));
    }
}
