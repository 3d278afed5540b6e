using Wire.Load.Measurement;

namespace Wire.Load.Report.Sections;

/// <summary>Wire beside servers of others.</summary>
internal static class PeersSection
{
    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var reports = results.Loads("peers");
        var columns = reports.SelectMany(report => report.Shapes.Select(shape => (Name: $"{report.Settings.Level.ToString().ToUpperInvariant()}, {shape.Shape}", Shape: shape))).ToList();
        var table = new MarkdownTable(["server: messages a second, and Wire's over them", .. columns.Select(column => column.Name)]);
        table.Add(["Wire", .. columns.Select(column => Figures.Rate(column.Shape.Wire(w => w.MessagesPerSecond)))]);
        table.Add(["F", .. columns.Select(column => Cell(column.Shape.F(w => w.MessagesPerSecond), column.Shape.Ratio))]);
        var peers = reports.SelectMany(report => report.Peers).DistinctBy(peer => peer.Name).ToList();
        foreach (var peer in peers)
        {
            table.Add([
                $"`{peer.Name}`",
                .. columns.Select(column => Cell(column.Shape.Peer(peer.Name, w => w.MessagesPerSecond), column.Shape.PeerRatios.TryGetValue(peer.Name, out var ratio) ? ratio : null))]);
        }

        var cpu = new MarkdownTable(["server CPU a message", .. columns.Select(column => column.Name)]);
        cpu.Add(["Wire", .. columns.Select(column => Figures.Nanoseconds(column.Shape.Wire(w => w.ServerNanosecondsPerMessage)))]);
        foreach (var peer in peers)
            cpu.Add([$"`{peer.Name}`", .. columns.Select(column => Figures.Nanoseconds(column.Shape.Peer(peer.Name, w => w.ServerNanosecondsPerMessage)))]);

        var skipped = reports.SelectMany(report => report.Skipped).Distinct().Select(reason => $"Skipped: {reason}.");
        var versions = peers.Select(peer => $"`{peer.Name}` is {peer.Version}");
        var notes = new[] { peers.Count == 0 ? "" : string.Join(", ", versions) + ".", string.Join(' ', skipped), Caption.Windows(reports[0].Settings), Caption.Of(results, "peers") };
        return $"{table}\n{cpu}\n![Messages a second beside other servers](charts/peers.svg)\n\n{string.Join(' ', notes.Where(note => note.Length > 0))}";
    }

    private static string Cell(double? rate, Spread? ratio) => rate is null ? "" : $"{Figures.Rate(rate)}; {Figures.Ratio(ratio)}";
}
