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
        table.Add(["F", .. columns.Select(column => column.Shape.RateOfF() is { } f ? $"{Figures.Rate(f)}; {Figures.Ratio(column.Shape.Ratio)}" : "")]);
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
        var promises = string.Concat(peers.Select(peer => $"- `{peer.Name}`, {peer.Version}: {peer.Promise}.\n"));
        var limit = ClientLimit.Of(columns.Select(column => (column.Name, column.Shape)));
        var notes = new[] { string.Join(' ', skipped), Caption.Windows(reports[0].Settings), limit.Trim(), Caption.Of(results, "peers") };
        return $"{table}\n{cpu}\n![Messages a second beside other servers](charts/peers.svg)\n\n"
            + $"DISK and MEMORY are what Wire was asked for. [What an answer means](#peers) differs from server to server:\n\n{promises}\n{string.Join(' ', notes.Where(note => note.Length > 0))}";
    }

    private static string Cell(double? rate, Spread? ratio) => rate is null ? "" : $"{Figures.Rate(rate)}; {Figures.Ratio(ratio)}";
}
