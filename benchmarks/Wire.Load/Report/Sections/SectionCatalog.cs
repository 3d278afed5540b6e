namespace Wire.Load.Report.Sections;

/// <summary>The sections that documents have markers for.</summary>
internal static class SectionCatalog
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ReportSection> All { get; } =
    [
        new("numbers", ["publish-memory", "publish-disk", "encryption", "history", "recovery"], NumbersSection.Render),
        new("publish", ["publish-memory", "publish-disk", "deliver"], PublishSection.Render),
        new("depth1", ["depth1"], Depth1Section.Render),
        new("encryption", ["encryption"], EncryptionSection.Render),
        new("open", ["open"], OpenSection.Render),
        new("peers", ["peers"], PeersSection.Render),
        new("turns", ["turns"], TurnsSection.Render),
        new("history", ["history"], HistorySection.Render),
        new("recovery", ["recovery"], RecoverySection.Render),
        new("stages", ["stages"], StagesSection.Render),
        Curve("payload", "payload", "Payload", report => Figures.Bytes(report.Settings.PayloadBytes)),
        Curve("sessions", "sessions", "Sessions", report => Figures.Count(report.Settings.Sessions)),
        Curve("log-length", "log-length", "Log before", report => $"{Figures.Digits(report.LogBytesBefore / 1e9)} GB"),
        new("connections", ["connections"], results => CurveSection.OfShapes(results, "connections")),
        new("connect", ["connect"], ConnectSection.Render),
        new("followers", ["followers"], FollowersSection.Render),
    ];

    private static ReportSection Curve(string name, string chart, string column, Func<Measurement.MeasurementReport, string> value) =>
        new(name, [name], results => CurveSection.OfRuns(results, name, chart, column, value));
}
