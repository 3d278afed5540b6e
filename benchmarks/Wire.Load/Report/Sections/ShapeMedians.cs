using Wire.Load.Measurement;

namespace Wire.Load.Report.Sections;

/// <summary>Medians over the repeats of a shape.</summary>
internal static class ShapeMedians
{
    /// <summary>Of F's windows.</summary>
    public static double? F(this ShapeResult shape, Func<WindowResult, double?> value) => Of(shape.Repeats.Select(repeat => repeat.F), value);

    /// <summary>Of F's messages a second, with the lowest and the highest: where they differ by more than a tenth the machine was not quiet.</summary>
    public static Spread? RateOfF(this ShapeResult shape) => Spread.Of(shape.Repeats.Select(repeat => repeat.F?.MessagesPerSecond));

    /// <summary>Of Wire's.</summary>
    public static double? Wire(this ShapeResult shape, Func<WindowResult, double?> value) => Of(shape.Repeats.Select(repeat => repeat.Wire), value);

    /// <summary>Of those of the Wire that encrypts.</summary>
    public static double? Encrypted(this ShapeResult shape, Func<WindowResult, double?> value) => Of(shape.Repeats.Select(repeat => repeat.Encrypted), value);

    /// <summary>Of a peer's.</summary>
    public static double? Peer(this ShapeResult shape, string name, Func<WindowResult, double?> value) =>
        Of(shape.Repeats.Select(repeat => repeat.Peers.FirstOrDefault(window => window.Server == name)), value);

    private static double? Of(IEnumerable<WindowResult?> windows, Func<WindowResult, double?> value) =>
        Figures.Median(windows.Select(window => window is null ? null : value(window)));
}
