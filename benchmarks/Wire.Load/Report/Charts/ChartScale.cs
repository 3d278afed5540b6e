namespace Wire.Load.Report.Charts;

/// <summary>How values lie on an axis.</summary>
/// <param name="Min">The value where it begins.</param>
/// <param name="Max">The value where it ends.</param>
/// <param name="From">Where that is in the picture.</param>
/// <param name="To">Where the end is.</param>
/// <param name="IsLogarithmic">Whether equal lengths are equal ratios.</param>
/// <param name="Marks">Where numbers stand.</param>
internal sealed record ChartScale(double Min, double Max, double From, double To, bool IsLogarithmic, IReadOnlyList<double> Marks)
{
    /// <summary>Where a value is in the picture.</summary>
    public double At(double value)
    {
        var share = IsLogarithmic ? Math.Log(value / Min) / Math.Log(Max / Min) : (value - Min) / (Max - Min);
        return From + (share * (To - From));
    }
}
