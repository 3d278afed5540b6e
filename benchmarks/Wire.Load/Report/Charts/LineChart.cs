namespace Wire.Load.Report.Charts;

/// <summary>Lines over numbers.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Note">When and how it was measured.</param>
/// <param name="X">The axis at the bottom.</param>
/// <param name="Y">The axis at the left.</param>
/// <param name="Series">The lines; one without points is in the legend alone.</param>
internal sealed record LineChart(string Title, string Note, ChartAxis X, ChartAxis Y, IReadOnlyList<ChartSeries> Series)
{
    /// <summary>Draws it.</summary>
    /// <returns>SVG.</returns>
    public string Draw()
    {
        var canvas = new ChartCanvas(Title, Note, [.. Series.Select(series => (series.Name, series.Color, series.Dashes, true))]);
        var points = Series.SelectMany(series => series.Points).ToList();
        if (points.Count == 0)
            points.Add((1, 1));
        var x = X.Scale([.. points.Select(point => point.X)], ChartCanvas.Left, ChartCanvas.Right);
        var y = Y.Scale([.. points.Select(point => point.Y)], ChartCanvas.Bottom, canvas.Top);
        canvas.DrawLeftAxis(Y, y);
        canvas.DrawBottomAxis(X, x);
        foreach (var series in Series)
        {
            var style = series.Color.ToString().ToLowerInvariant();
            canvas.Add(
                "polyline", ("class", $"line stroke-{style}"), ("stroke-dasharray", series.Dashes),
                ("points", string.Join(' ', series.Points.Select(point => $"{ChartCanvas.Number(x.At(point.X))},{ChartCanvas.Number(y.At(point.Y))}"))));
            foreach (var point in series.Points)
            {
                var mark = canvas.Add(
                    "circle", ("class", $"point fill-{style}"), ("cx", ChartCanvas.Number(x.At(point.X))), ("cy", ChartCanvas.Number(y.At(point.Y))), ("r", "3.6"));
                ChartCanvas.Explain(mark, $"{series.Name}: {Y.Text(point.Y)} at {X.Text(point.X)}");
            }
        }

        return canvas.ToString();
    }
}
