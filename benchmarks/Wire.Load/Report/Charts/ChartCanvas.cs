using System.Globalization;
using System.Xml.Linq;

namespace Wire.Load.Report.Charts;

/// <summary>What all charts have: title, legend, axes. As SVG, with nothing from outside: no font, no script, no picture.</summary>
internal sealed class ChartCanvas
{
    /// <summary>The picture's size.</summary>
    public const double Width = 800, Height = 440;

    /// <summary>Where the plot is in it.</summary>
    public const double Left = 84, Right = 764, Bottom = 376;

    private const double LegendTop = 76, LegendRow = 20, LineMark = 26, BarMark = 14, LetterWidth = 7.2;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private readonly XElement _root;

    /// <summary>An empty one.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="note">When and how it was measured.</param>
    /// <param name="legend">Names of what is drawn, with the sample of each.</param>
    public ChartCanvas(string title, string note, IReadOnlyList<(string Name, ChartColor Color, string? Dashes, bool IsLine)> legend)
    {
        _root = new XElement(
            Svg + "svg",
            new XAttribute("viewBox", $"0 0 {Number(Width)} {Number(Height)}"),
            new XAttribute("width", Number(Width)),
            new XAttribute("height", Number(Height)),
            new XAttribute("role", "img"),
            new XElement(Svg + "title", title),
            new XElement(Svg + "style", "\n" + ChartPalette.StyleSheet + "\n"));
        Add("rect", ("class", "surface"), ("width", Number(Width)), ("height", Number(Height)), ("rx", "6"));
        Text(20, 32, title, "title");
        Text(20, 52, note, "note");
        Top = DrawLegend(legend) + 18;
    }

    /// <summary>Where the plot begins, below title and legend.</summary>
    public double Top { get; }

    /// <summary>Draws the axis at the left, with a line for each of its marks.</summary>
    public void DrawLeftAxis(ChartAxis axis, ChartScale scale)
    {
        foreach (var mark in scale.Marks)
        {
            var y = scale.At(mark);
            Line(Left, y, Right, y, "grid");
            Text(Left - 8, y + 4, axis.Text(mark), "tick", "end");
        }

        Add("text", ("class", "note"), ("transform", $"translate(20 {Number((Top + Bottom) / 2)}) rotate(-90)"), ("text-anchor", "middle"))
            .Add(axis.Label + (scale.IsLogarithmic ? " (log scale)" : ""));
    }

    /// <summary>Draws the axis at the bottom.</summary>
    public void DrawBottomAxis(ChartAxis axis, ChartScale scale)
    {
        foreach (var mark in scale.Marks)
        {
            Line(scale.At(mark), Bottom, scale.At(mark), Bottom + 5, "axis");
            Text(scale.At(mark), Bottom + 20, axis.Text(mark), "tick", "middle");
        }

        DrawBottomLine(axis.Label + (scale.IsLogarithmic ? " (log scale)" : ""));
    }

    /// <summary>Draws the line at the bottom, and below it what it shows.</summary>
    public void DrawBottomLine(string label)
    {
        Line(Left, Bottom, Right, Bottom, "axis");
        Text((Left + Right) / 2, Bottom + 46, label, "note", "middle");
    }

    /// <summary>Draws a line.</summary>
    public void Line(double x1, double y1, double x2, double y2, string style) =>
        Add("line", ("class", style), ("x1", Number(x1)), ("y1", Number(y1)), ("x2", Number(x2)), ("y2", Number(y2)));

    /// <summary>Writes a text.</summary>
    public void Text(double x, double y, string text, string style, string anchor = "start") =>
        Add("text", ("class", style), ("x", Number(x)), ("y", Number(y)), ("text-anchor", anchor)).Add(text);

    /// <summary>Adds an element.</summary>
    public XElement Add(string name, params (string Name, string? Value)[] attributes)
    {
        var element = new XElement(
            Svg + name, attributes.Where(attribute => attribute.Value is not null).Select(attribute => new XAttribute(attribute.Name, attribute.Value!)));
        _root.Add(element);
        return element;
    }

    /// <summary>Adds what shows when somebody points at an element.</summary>
    public static void Explain(XElement element, string text) => element.Add(new XElement(Svg + "title", text));

    /// <summary>A coordinate, the same on every machine.</summary>
    public static string Number(double value) => Math.Round(value, 1).ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>The picture.</summary>
    public override string ToString() => _root.ToString().ReplaceLineEndings("\n") + "\n";

    private double DrawLegend(IReadOnlyList<(string Name, ChartColor Color, string? Dashes, bool IsLine)> legend)
    {
        var (x, y) = (20.0, LegendTop);
        foreach (var (name, color, dashes, isLine) in legend)
        {
            var mark = isLine ? LineMark : BarMark;
            var width = mark + 8 + (name.Length * LetterWidth) + 14;
            if (x > 20 && x + width > Right)
                (x, y) = (20, y + LegendRow);
            var style = color.ToString().ToLowerInvariant();
            if (isLine)
                Add("line", ("class", $"line stroke-{style}"), ("x1", Number(x)), ("y1", Number(y - 4)), ("x2", Number(x + mark)), ("y2", Number(y - 4)), ("stroke-dasharray", dashes));
            else
                Add("rect", ("class", $"fill-{style}"), ("x", Number(x)), ("y", Number(y - 11)), ("width", Number(mark)), ("height", "12"), ("rx", "2"));
            Text(x + mark + 8, y, name, "legend");
            x += width;
        }

        return y;
    }
}
