namespace Wire.Load.Report;

/// <summary>A document with its results in it.</summary>
/// <param name="Text">The whole text.</param>
/// <param name="LeftAsItIs">Sections that have a text but not all of their results.</param>
internal sealed record RenderedDocument(string Text, IReadOnlyList<ReportSection> LeftAsItIs);
