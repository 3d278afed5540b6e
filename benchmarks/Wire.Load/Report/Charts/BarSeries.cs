namespace Wire.Load.Report.Charts;

/// <summary>The bars of one colour.</summary>
/// <param name="Name">What they are, in the legend.</param>
/// <param name="Color">Their colour.</param>
/// <param name="Values">One for each group; null where it was not measured.</param>
internal sealed record BarSeries(string Name, ChartColor Color, IReadOnlyList<double?> Values);
