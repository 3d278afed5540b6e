namespace Wire.Load.Report.Charts;

/// <summary>An axis: what it shows, how its numbers are written, and where they stand.</summary>
/// <param name="Label">What it shows, with the unit.</param>
/// <param name="Text">Writes a number of it.</param>
internal sealed record ChartAxis(string Label, Func<double, string> Text)
{
    // From here on the small end of a linear axis can no longer be told apart.
    private const double LogarithmicFrom = 30;

    /// <summary>Where marks stand; null: at round numbers.</summary>
    public IReadOnlyList<double>? Marks { get; init; }

    /// <summary>Finds out how values lie on it.</summary>
    /// <param name="values">All that is shown.</param>
    /// <param name="from">Where the axis begins in the picture.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="mayBeLogarithmic">False where lengths are compared, as those of bars.</param>
    public ChartScale Scale(IReadOnlyCollection<double> values, double from, double to, bool mayBeLogarithmic = true)
    {
        var (min, max) = (values.Min(), values.Max());
        return mayBeLogarithmic && min > 0 && max / min >= LogarithmicFrom ? Logarithmic(min, max, from, to) : Linear(max, from, to);
    }

    private ChartScale Linear(double max, double from, double to)
    {
        var step = Round(Math.Max(max, 1e-9) / 5);
        var end = Math.Ceiling(max / step * (1 - 1e-9)) * step;
        if (end <= 0)
            end = step;
        var marks = Marks ?? [.. Enumerable.Range(0, (int)Math.Round(end / step) + 1).Select(i => i * step)];
        return new ChartScale(0, end, from, to, IsLogarithmic: false, marks);
    }

    private ChartScale Logarithmic(double min, double max, double from, double to)
    {
        // A whole decade at both ends would leave much of a short range empty.
        double[] steps = [1, 2, 5, 10];
        var lowest = Math.Pow(10, Math.Floor(Math.Log10(min) + 1e-9));
        var highest = Math.Pow(10, Math.Floor(Math.Log10(max) - 1e-9));
        lowest *= steps.Last(step => lowest * step <= min * (1 + 1e-9));
        highest *= steps.First(step => highest * step >= max * (1 - 1e-9));
        var decades = Enumerable.Range((int)Math.Floor(Math.Log10(lowest) + 1e-9), 20).Select(power => Math.Pow(10, power));
        var isShort = highest / lowest <= 1000;
        var marks = Marks ?? [.. decades.SelectMany(decade => isShort ? [decade, 2 * decade, 5 * decade] : new[] { decade })
            .Where(mark => mark >= lowest * (1 - 1e-9) && mark <= highest * (1 + 1e-9))];
        return new ChartScale(lowest, highest, from, to, IsLogarithmic: true, marks);
    }

    // 1, 2 or 5 times a power of ten, at least as large.
    private static double Round(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return new[] { 1, 2, 5, 10 }.First(step => step * power >= value * (1 - 1e-9)) * power;
    }
}
