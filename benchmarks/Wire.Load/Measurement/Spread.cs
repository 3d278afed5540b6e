namespace Wire.Load.Measurement;

/// <summary>Median, lowest and highest of the repeats.</summary>
internal readonly record struct Spread(double Median, double Min, double Max)
{
    /// <summary>Of some values; null where there are none. Of an even number the median is the mean of the middle two.</summary>
    public static Spread? Of(IEnumerable<double?> values)
    {
        var sorted = values.OfType<double>().Order().ToArray();
        if (sorted.Length == 0)
            return null;
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
