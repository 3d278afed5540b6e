namespace Wire.Load.Report.Sections;

/// <summary>Messages that come to many.</summary>
internal static class FollowersSection
{
    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var reports = results.Loads("followers");
        var table = new MarkdownTable("Followers", "shape", "messages a second", "deliveries a second", "p50, p99", "server CPU a message", "a delivery");
        foreach (var report in reports)
        {
            foreach (var shape in report.Shapes)
            {
                var (rate, cpu) = (shape.Wire(w => w.MessagesPerSecond), shape.Wire(w => w.ServerNanosecondsPerMessage));
                table.Add(
                    Figures.Count(report.Settings.Followers), shape.Shape, Figures.Rate(rate), Figures.Rate(rate * report.Settings.Followers),
                    $"{Figures.Time(shape.Wire(w => w.P50Microseconds))}, {Figures.Time(shape.Wire(w => w.P99Microseconds))}",
                    Figures.Nanoseconds(cpu), Figures.Nanoseconds(cpu / report.Settings.Followers));
            }
        }

        var limit = ClientLimit.Of(reports.SelectMany(report => report.Shapes.Select(shape => ($"followers {Figures.Count(report.Settings.Followers)}", shape))));
        return $"{table}\n![Server CPU by followers](charts/followers.svg)\n\n{Caption.Windows(reports[0].Settings)} {limit}{Caption.Of(results, "followers")}";
    }
}
