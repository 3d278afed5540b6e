using Wire.Load.Measurement;
using Wire.Load.Report.Sections;

namespace Wire.Load.Report.Charts;

/// <summary>Messages a second, server beside server.</summary>
internal static class RateCharts
{
    private static readonly ChartAxis Rate = new("messages a second", value => Figures.Scaled(value));

    private static readonly ChartColor[] PeerColors =
        [ChartColor.Red, ChartColor.Orange, ChartColor.Purple, ChartColor.Teal, ChartColor.Ochre, ChartColor.Pink];

    /// <summary>F and Wire at level DISK, by shape.</summary>
    public static string Disk(ResultFolder results, ResultFile file) => Throughput(results, file, "DISK", ChartColor.Blue);

    /// <summary>The same at level MEMORY: with the F of its own run, since F of another has another disk and another hour.</summary>
    public static string Memory(ResultFolder results, ResultFile file) => Throughput(results, file, "MEMORY, log on a memory disk", ChartColor.Teal);

    /// <summary>Wire with and without encryption.</summary>
    public static string Encryption(ResultFolder results, ResultFile file)
    {
        var shapes = results.Loads("encryption").SelectMany(report => report.Shapes).ToList();
        return new BarChart(
            "Publishes acknowledged (DISK), encrypted at rest or not", Caption.Short(file), "connections x unanswered publishes on each", Rate, [.. shapes.Select(shape => shape.Shape)],
            [
                new("F, the bare echo", ChartColor.Grey, [.. shapes.Select(shape => shape.F(w => w.MessagesPerSecond))]),
                new("Wire, plain", ChartColor.Blue, [.. shapes.Select(shape => shape.Wire(w => w.MessagesPerSecond))]),
                new("Wire, encrypted", ChartColor.Teal, [.. shapes.Select(shape => shape.Encrypted(w => w.MessagesPerSecond))]),
            ]).Draw();
    }

    /// <summary>Wire beside servers of others.</summary>
    public static string Peers(ResultFolder results, ResultFile file)
    {
        var reports = results.Loads("peers");
        var groups = reports.SelectMany(report => report.Shapes.Select(shape => (Name: $"{report.Settings.Level.ToString().ToUpperInvariant()}, {shape.Shape}", Shape: shape))).ToList();
        var peers = reports.SelectMany(report => report.Peers).Select(peer => peer.Name).Distinct();
        return new BarChart(
            "Publishes acknowledged, beside other servers", Caption.Short(file), "level asked of Wire, connections x unanswered publishes on each", Rate, [.. groups.Select(group => group.Name)],
            [
                new("F, the bare echo", ChartColor.Grey, [.. groups.Select(group => group.Shape.F(w => w.MessagesPerSecond))]),
                new("Wire", ChartColor.Blue, [.. groups.Select(group => group.Shape.Wire(w => w.MessagesPerSecond))]),
                .. peers.Select((name, i) => new BarSeries(
                    name, PeerColors[i % PeerColors.Length], [.. groups.Select(group => group.Shape.Peer(name, w => w.MessagesPerSecond))])),
            ]).Draw();
    }

    private static string Throughput(ResultFolder results, ResultFile file, string level, ChartColor color)
    {
        var shapes = results.Loads(file.Measurement).SelectMany(report => report.Shapes).ToList();
        return new BarChart(
            $"Publishes acknowledged ({level}), by shape", Caption.Short(file), "connections x unanswered publishes on each", Rate, [.. shapes.Select(shape => shape.Shape)],
            [
                new("F, the bare echo", ChartColor.Grey, [.. shapes.Select(shape => shape.F(w => w.MessagesPerSecond))]),
                new("Wire", color, [.. shapes.Select(shape => shape.Wire(w => w.MessagesPerSecond))]),
            ]).Draw();
    }
}
