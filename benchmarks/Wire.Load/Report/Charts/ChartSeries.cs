namespace Wire.Load.Report.Charts;

/// <summary>One line.</summary>
/// <param name="Name">What it is, in the legend.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Points">Its points, from left to right.</param>
internal sealed record ChartSeries(string Name, ChartColor Color, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>Gaps, as in SVG's <c>stroke-dasharray</c>; null: none. So that colours are not all that tells lines apart.</summary>
    public string? Dashes { get; init; }
}
