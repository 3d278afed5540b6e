using System.Text.RegularExpressions;
using Wire.Load.Report.Sections;

namespace Wire.Load.Report;

/// <summary>Puts results into a document, between markers; what is outside of them is written by hand.</summary>
/// <remarks>
/// A section whose results are not all there stays as it is: nobody's table is thrown away for want of a file. Only where it is empty,
/// or says itself that something was not measured, it says so, and by which command it would be.
/// </remarks>
internal static partial class DocumentRenderer
{
    private const string NotMeasured = "Not measured here: ";

    /// <summary>Does it.</summary>
    /// <param name="name">The document's name, for errors.</param>
    /// <param name="document">Its text.</param>
    /// <param name="results">What is put in.</param>
    /// <exception cref="LoadFailureException">A marker is of no section, or not closed.</exception>
    public static RenderedDocument Render(string name, string document, ResultFolder results)
    {
        if (Opening().Count(document) != Section().Count(document))
            throw new LoadFailureException($"{name}: a marker <!-- result: ... --> has no <!-- /result --> before the next one.");
        var left = new List<ReportSection>();
        var text = Section().Replace(document, match =>
        {
            var section = SectionCatalog.All.FirstOrDefault(section => section.Name == match.Groups[1].Value)
                ?? throw new LoadFailureException(
                    $"{name}: '{match.Groups[1].Value}' in a marker is no section; there are {string.Join(", ", SectionCatalog.All.Select(section => section.Name))}.");
            var body = match.Groups[2].Value.Trim();
            var missing = section.MissingIn(results);
            if (missing.Count > 0 && body.Length > 0 && !body.Contains(NotMeasured, StringComparison.Ordinal))
            {
                left.Add(section);
                return match.Value;
            }

            var parts = new List<string>();
            if (missing.Count < section.Measurements.Count)
                parts.Add(section.Render(results).Trim());
            if (missing.Count > 0)
                parts.Add($"{NotMeasured}`{ReportMeasurement.CommandFor(missing).Replace("Wire.Load", "$load", StringComparison.Ordinal)}`.");
            return $"<!-- result: {section.Name} -->\n\n{string.Join("\n\n", parts)}\n\n<!-- /result -->";
        });
        return new RenderedDocument(text, left);
    }

    [GeneratedRegex("<!-- result: ")]
    private static partial Regex Opening();

    [GeneratedRegex("<!-- result: ([^ ]+) -->((?:(?!<!-- result: ).)*?)<!-- /result -->", RegexOptions.Singleline)]
    private static partial Regex Section();
}
