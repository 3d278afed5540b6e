namespace Wire.Load.Report.Sections;

/// <summary>What encryption at rest costs.</summary>
internal static class EncryptionSection
{
    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var report = results.Loads("encryption")[0];
        var table = new MarkdownTable("shape", "plain", "encrypted", "encrypted/plain, median (lowest to highest)", "server CPU a message, plain", "encrypted");
        foreach (var shape in report.Shapes)
        {
            table.Add(
                shape.Shape, Figures.Rate(shape.Wire(w => w.MessagesPerSecond)), Figures.Rate(shape.Encrypted(w => w.MessagesPerSecond)), Figures.Ratio(shape.EncryptedRatio),
                Figures.Nanoseconds(shape.Wire(w => w.ServerNanosecondsPerMessage)), Figures.Nanoseconds(shape.Encrypted(w => w.ServerNanosecondsPerMessage)));
        }

        return $"{table}\n![Messages a second with and without encryption](charts/encryption.svg)\n\n{Caption.Windows(report.Settings)} {ClientLimit.Of([report])}{Caption.Of(results, "encryption")}";
    }
}
