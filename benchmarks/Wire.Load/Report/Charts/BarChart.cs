namespace Wire.Load.Report.Charts;

/// <summary>Groups of bars, with its value above each; on end where bars are narrow.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Note">When and how it was measured.</param>
/// <param name="GroupLabel">What the groups are.</param>
/// <param name="Y">The axis at the left, always linear: a bar's length is its value.</param>
/// <param name="Groups">Their names.</param>
/// <param name="Series">The bars.</param>
internal sealed record BarChart(
    string Title, string Note, string GroupLabel, ChartAxis Y, IReadOnlyList<string> Groups, IReadOnlyList<BarSeries> Series)
{
    private const double GroupShare = 0.84, Gap = 3, WideEnough = 40, Headroom = 1.1;

    /// <summary>Draws it.</summary>
    /// <returns>SVG.</returns>
    public string Draw()
    {
        var canvas = new ChartCanvas(Title, Note, [.. Series.Select(series => (series.Name, series.Color, (string?)null, false))]);
        var values = Series.SelectMany(series => series.Values).OfType<double>().DefaultIfEmpty(1).ToList();
        // Room for the values above the longest bars, on end too, below the legend.
        values.Add(values.Max() * Headroom);
        var y = Y.Scale(values, ChartCanvas.Bottom, canvas.Top, mayBeLogarithmic: false);
        canvas.DrawLeftAxis(Y, y);
        var groupWidth = (ChartCanvas.Right - ChartCanvas.Left) / Math.Max(1, Groups.Count);
        var barWidth = groupWidth * GroupShare / Math.Max(1, Series.Count);
        for (var group = 0; group < Groups.Count; group++)
        {
            var left = ChartCanvas.Left + (groupWidth * group) + (groupWidth * (1 - GroupShare) / 2);
            canvas.Text(ChartCanvas.Left + (groupWidth * (group + 0.5)), ChartCanvas.Bottom + 20, Groups[group], "tick", "middle");
            for (var i = 0; i < Series.Count; i++)
            {
                if (Series[i].Values[group] is not { } value)
                    continue;
                var x = left + (barWidth * i);
                var bar = canvas.Add(
                    "rect", ("class", $"bar fill-{Series[i].Color.ToString().ToLowerInvariant()}"), ("x", ChartCanvas.Number(x)), ("y", ChartCanvas.Number(y.At(value))),
                    ("width", ChartCanvas.Number(Math.Max(2, barWidth - Gap))), ("height", ChartCanvas.Number(ChartCanvas.Bottom - y.At(value))), ("rx", "2"));
                ChartCanvas.Explain(bar, $"{Series[i].Name}, {Groups[group]}: {Y.Text(value)}");
                var middle = x + ((barWidth - Gap) / 2);
                if (barWidth >= WideEnough)
                    canvas.Text(middle, y.At(value) - 5, Y.Text(value), "value", "middle");
                else
                    canvas.Add("text", ("class", "value"), ("transform", $"translate({ChartCanvas.Number(middle + 4)} {ChartCanvas.Number(y.At(value) - 5)}) rotate(-90)")).Add(Y.Text(value));
            }
        }

        canvas.DrawBottomLine(GroupLabel);
        return canvas.ToString();
    }
}
