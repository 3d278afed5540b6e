using Wire.Load.History;
using Wire.Load.Measurement;
using Wire.Load.Recovery;

namespace Wire.Load.Report.Sections;

/// <summary>README's few numbers.</summary>
internal static class NumbersSection
{
    private static readonly string[] Shapes = ["256x64", "64x256"];

    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var table = new MarkdownTable("publishes acknowledged", "256 connections x 64 unanswered", "64 x 256");
        Add(table, "level DISK (written and synced)", results.Loads("publish-disk"));
        Add(table, "level MEMORY (log on a memory disk)", results.Loads("publish-memory"));
        var sentences = new List<string>();
        if (results.Runs("history", HistoryJson.Default.HistoryReport) is [{ } history, ..])
        {
            sentences.Add($"A history page (the newest {history.Settings.Limit} messages of one of {Figures.Count(history.Settings.Sessions)} sessions): "
                + $"{Figures.Rate(Figures.Median(history.Warm.Windows.Select(w => (double?)w.QueriesPerSecond)))}.");
        }

        if (results.Runs("recovery", RecoveryJson.Default.RecoveryReport) is [{ Steps: [{ } first, .., { } last] }, ..])
        {
            sentences.Add($"A start after kill -9: {Start(first)} over {Figures.Digits(first.LogBytes / 1e9)} GB of log, {Start(last)} over {Figures.Digits(last.LogBytes / 1e9)} GB.");
        }

        if (results.Loads("encryption") is [{ } encryption, ..])
        {
            var costs = encryption.Shapes.Select(shape => shape.EncryptedRatio).OfType<Spread>().Select(ratio => Figures.Fixed(ratio.Median)).ToList();
            sentences.Add($"With encryption at rest: {string.Join(" and ", costs)} of the plain server at {string.Join(" and ", encryption.Shapes.Select(shape => shape.Shape))}.");
        }

        // $load is a name of performance.md's.
        var made = Caption.Of(results, "publish-memory", "publish-disk", "encryption", "history", "recovery").Replace("$load", "Wire.Load", StringComparison.Ordinal);
        var chart = results.Find("publish-disk") is null ? "" : "\n![Messages a second by shape, DISK](docs/charts/throughput-disk.svg)\n";
        return $"{table}{chart}\n{string.Join('\n', sentences)}\n\n{made}";
    }

    private static void Add(MarkdownTable table, string level, IReadOnlyList<MeasurementReport> reports)
    {
        var shapes = reports.SelectMany(report => report.Shapes).ToList();
        table.Add([level, .. Shapes.Select(name => shapes.FirstOrDefault(shape => shape.Shape == name) is { } shape
            ? $"{Figures.Rate(shape.Wire(w => w.MessagesPerSecond))}, {Digits(shape.Ratio)} of F"
            : Figures.None)]);
    }

    private static string Digits(Spread? ratio) => ratio is { } value ? Figures.Fixed(value.Median) : Figures.None;

    private static string Start(RecoveryStep step) => Figures.Time(Figures.Median(step.KilledMilliseconds.Select(time => (double?)time)) * 1e3);
}
