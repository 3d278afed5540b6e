using Wire.Load.Measurement;

namespace Wire.Load.Report.Sections;

/// <summary>Says where the client, and not the server, may be what a figure is of.</summary>
internal static class ClientLimit
{
    /// <summary>What a server's figure is where the client used more CPU.</summary>
    public const string Meaning = "In some windows the client used as much CPU as the server or more, so that these figures are lower bounds of what the server can do";

    /// <summary>Names the servers of each row; empty where there are none, else with a space behind it.</summary>
    /// <param name="rows">What a row is called, and its shape.</param>
    public static string Of(IEnumerable<(string Row, ShapeResult Shape)> rows)
    {
        var limited = rows.Select(row => (row.Row, Servers: row.Shape.LimitedByClient().ToList())).Where(row => row.Servers.Count > 0)
            .Select(row => $"{row.Row} ({string.Join(", ", row.Servers)})").ToList();
        return limited.Count == 0 ? "" : $"{Meaning}: {string.Join("; ", limited)}. ";
    }

    /// <summary>The same of reports whose rows are their shapes.</summary>
    public static string Of(IEnumerable<MeasurementReport> reports) => Of(reports.SelectMany(report => report.Shapes).Select(shape => (shape.Shape, shape)));
}
