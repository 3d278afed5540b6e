namespace Wire.Load.Report;

/// <summary>What the user asked for.</summary>
internal sealed record ReportSettings
{
    /// <summary>Where documents are, from the repository's root.</summary>
    public const string Folder = "docs";

    /// <summary>Where a quick report goes.</summary>
    public const string QuickFolder = "artifacts/report/docs";

    /// <summary>What is measured; none: only rendered.</summary>
    public required IReadOnlyList<ReportMeasurement> Measurements { get; init; }

    /// <summary>Whether windows are short and data small.</summary>
    public bool IsQuick { get; init; }

    /// <summary>The folder with performance.md; README.md is the one beside that folder.</summary>
    public string Docs { get; init; } = Folder;

    /// <summary>The folder for raw results; null: <c>results</c> in <see cref="Docs"/>.</summary>
    public string? Results { get; init; }

    /// <summary>Whether the documents are copied to <see cref="Docs"/> first, from where they are by default.</summary>
    public bool CopiesDocuments { get; init; }

    /// <summary>The folder for raw results.</summary>
    public string ResultsFolder => Results ?? Path.Combine(Docs, "results");
}
