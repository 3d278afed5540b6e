namespace Wire.Load.Report;

/// <summary>A part of a document that is rendered from results, between its markers.</summary>
/// <param name="Name">Its name in the marker.</param>
/// <param name="Measurements">Those that it shows.</param>
/// <param name="Render">Makes its text of those that are there, at least one.</param>
internal sealed record ReportSection(string Name, IReadOnlyList<string> Measurements, Func<ResultFolder, string> Render)
{
    /// <summary>Those of its measurements that were not made.</summary>
    public IReadOnlyList<string> MissingIn(ResultFolder results) => [.. Measurements.Where(name => results.Find(name) is null)];
}
