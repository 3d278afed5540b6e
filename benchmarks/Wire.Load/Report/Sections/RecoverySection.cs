using Wire.Load.Measurement;
using Wire.Load.Recovery;

namespace Wire.Load.Report.Sections;

/// <summary>Starts as the log grows.</summary>
internal static class RecoverySection
{
    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var report = results.Runs("recovery", RecoveryJson.Default.RecoveryReport)[0];
        var empty = Of(report.EmptyMilliseconds).Median;
        var table = new MarkdownTable(
            "log", "sessions", "after kill -9", "after an orderly stop", "without a snapshot", "memory of an idle server a session");
        foreach (var step in report.Steps)
        {
            table.Add(
                $"{Figures.Digits(step.LogBytes / 1e9)} GB", Figures.Count(step.Sessions), Beyond(step.KilledMilliseconds), Beyond(step.OrderlyMilliseconds),
                step.WithoutSnapshotMilliseconds is { } without ? Beyond(without) : Figures.None, Figures.Bytes(step.MemoryBytesPerSession));
        }

        var returning = report.Returning is not { } back ? "" :
            $" {Figures.Count(back.Count)} sessions that were in nobody's memory came back at {Figures.Count(back.Count / back.Seconds)} a second.";
        return $"{table}\n![Time of a start by the log's length](charts/recovery.svg)\n\n"
            + $"Each beyond a start over an empty log, which takes {Figures.Digits(empty)} ms, the process included; caches {(report.Settings.IsCold ? "dropped" : "warm")}. "
            + $"Medians (lowest to highest) of starts: {Starts(report.Steps)}.{returning} {Caption.Of(results, "recovery")}";

        string Beyond(List<double> times) => Of(times) is var spread
            ? $"{Figures.Digits(spread.Median - empty)} ms ({Figures.Digits(spread.Min - empty)} to {Figures.Digits(spread.Max - empty)})"
            : "";
    }

    // Each kind by what was counted: the dear ones are measured less often.
    private static string Starts(IReadOnlyList<RecoveryStep> steps)
    {
        (string Kind, Func<RecoveryStep, List<double>?> Times)[] kinds =
        [
            ("after kill -9", step => step.KilledMilliseconds), ("after an orderly stop", step => step.OrderlyMilliseconds), ("without a snapshot", step => step.WithoutSnapshotMilliseconds),
        ];
        return string.Join(", ", kinds
            .Select(kind => (kind.Kind, Count: steps.Select(kind.Times).OfType<List<double>>().Select(times => times.Count).DefaultIfEmpty(0).Min()))
            .Where(kind => kind.Count > 0)
            .Select(kind => $"{kind.Count} {kind.Kind}"));
    }

    private static Spread Of(List<double> times) => Spread.Of(times.Select(time => (double?)time))!.Value;
}
