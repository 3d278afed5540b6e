namespace Wire.Load.Report.Charts;

/// <summary>Colours for light and dark: the reader's system chooses, in the chart itself.</summary>
internal static class ChartPalette
{
    /// <summary>Background, text, text of less weight, grid; then the colours in the order of <see cref="ChartColor"/>.</summary>
    public static IReadOnlyList<(string Name, string Light, string Dark)> Variables { get; } =
    [
        ("surface", "#ffffff", "#14171c"),
        ("ink", "#1f2328", "#e6e9ee"),
        ("muted", "#59636e", "#9aa4b0"),
        ("grid", "#dfe3e8", "#2f353d"),
        ("grey", "#7c8691", "#8d97a3"),
        ("blue", "#1f6feb", "#5aa2ff"),
        ("teal", "#0a8a86", "#35c2bb"),
        ("orange", "#c8620a", "#f39a3d"),
        ("purple", "#8250df", "#b592f7"),
        ("red", "#cf222e", "#ff7b72"),
        ("ochre", "#8f7600", "#d6b42c"),
        ("pink", "#bf3989", "#f283c5"),
    ];

    /// <summary>The style sheet of every chart.</summary>
    public static string StyleSheet { get; } =
        $"svg {{ {Declare(variable => variable.Light)} }}\n"
        + $"@media (prefers-color-scheme: dark) {{ svg {{ {Declare(variable => variable.Dark)} }} }}\n"
        + "text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; fill: var(--ink); }\n"
        + ".title { font-size: 17px; font-weight: 600; }\n"
        + ".note, .tick { fill: var(--muted); font-size: 12px; }\n"
        + ".value { font-size: 11px; }\n"
        + ".surface { fill: var(--surface); }\n"
        + ".grid { stroke: var(--grid); stroke-width: 1; }\n"
        + ".axis { stroke: var(--muted); stroke-width: 1; }\n"
        + ".line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }\n"
        + string.Join('\n', Enum.GetNames<ChartColor>().Select(name => name.ToLowerInvariant()).Select(
            name => $".fill-{name} {{ fill: var(--{name}); }} .stroke-{name} {{ stroke: var(--{name}); }}"));

    private static string Declare(Func<(string Name, string Light, string Dark), string> color) =>
        string.Join(' ', Variables.Select(variable => $"--{variable.Name}: {color(variable)};"));
}
