using Wire.Load.Report.Charts;

namespace Wire.Load.Report;

/// <summary>The files that are rendered: README.md, performance.md, and charts.</summary>
internal static class ReportDocuments
{
    private const string Performance = "performance.md";
    private const string Charts = "charts";

    /// <summary>The documents with numbers in them, by a folder of documents.</summary>
    public static IReadOnlyList<string> In(string docs) => [Path.Combine(docs, Performance), Path.Combine(docs, "..", "README.md")];

    /// <summary>The charts that a folder of documents has.</summary>
    public static string ChartsIn(string docs) => Path.Combine(docs, Charts);

    /// <summary>Copies them to another folder, over what is there.</summary>
    /// <exception cref="LoadFailureException">There are none.</exception>
    public static void Copy(string from, string to)
    {
        MustBeIn(from);
        Directory.CreateDirectory(to);
        foreach (var (source, target) in In(from).Zip(In(to)))
            File.Copy(source, target, overwrite: true);
    }

    /// <summary>Looks whether they are there, before hours are spent on what could then not be rendered.</summary>
    /// <exception cref="LoadFailureException">They are not.</exception>
    public static void MustBeIn(string docs)
    {
        foreach (var path in In(docs).Where(path => !File.Exists(path)))
            throw new LoadFailureException($"{path} is not there; run this from the repository's root, or name the folder of performance.md with --docs.");
    }

    /// <summary>Renders them to nowhere, before hours are spent on what could then not be.</summary>
    /// <exception cref="LoadFailureException">They are not there, a document has a marker that means nothing, or a result is none.</exception>
    public static void MustRender(string docs, ResultFolder results)
    {
        MustBeIn(docs);
        foreach (var path in In(docs))
            DocumentRenderer.Render(path, File.ReadAllText(path), results);
        ChartCatalog.Render(results);
    }

    /// <summary>Renders documents and charts, and says what was left as it is.</summary>
    /// <exception cref="LoadFailureException">A document has a marker that means nothing, or a result is none.</exception>
    public static void Render(string docs, ResultFolder results, TextWriter output)
    {
        var texts = new List<string>();
        foreach (var path in In(docs))
        {
            var document = DocumentRenderer.Render(path, File.ReadAllText(path), results);
            File.WriteAllText(path, document.Text);
            texts.Add(document.Text);
            output.WriteLine($"rendered {path}");
            foreach (var section in document.LeftAsItIs)
                output.WriteLine($"left as it is: {section.Name} in {path}; not measured: {string.Join(", ", section.MissingIn(results))}");
        }

        var folder = ChartsIn(docs);
        var charts = ChartCatalog.Render(results);
        if (charts.Count > 0)
            Directory.CreateDirectory(folder);
        // A section that was left as it is keeps its chart, and a file that this program never draws is somebody else's.
        var shown = string.Concat(texts);
        var stale = ChartCatalog.Names.Where(name => !charts.ContainsKey(name) && !shown.Contains($"{Charts}/{name})", StringComparison.Ordinal));
        foreach (var path in stale.Select(name => Path.Combine(folder, name)).Where(File.Exists))
            File.Delete(path);
        foreach (var (name, svg) in charts)
            File.WriteAllText(Path.Combine(folder, name), svg);
        output.WriteLine($"rendered {charts.Count} charts in {folder}");
    }
}
