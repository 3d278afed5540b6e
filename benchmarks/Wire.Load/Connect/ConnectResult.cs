using Wire.Load.Measurement;

namespace Wire.Load.Connect;

/// <summary>All repeats of one number of connections.</summary>
/// <param name="Connections">How many.</param>
/// <param name="Repeats">F's window and Wire's, right after each other.</param>
internal sealed record ConnectResult(int Connections, IReadOnlyList<ConnectRepeat> Repeats)
{
    /// <summary>Of the repeats' ratios of connections a second.</summary>
    public Spread? Ratio => Spread.Of(Repeats.Select(r => r.Ratio));

    /// <summary>F's memory for a connection.</summary>
    public Spread? MemoryOfF => Spread.Of(Repeats.Select(r => r.F?.MemoryBytesPerConnection));

    /// <summary>Wire's memory for a connection.</summary>
    public Spread? MemoryOfWire => Spread.Of(Repeats.Select(r => (double?)r.Wire.MemoryBytesPerConnection));
}

/// <summary>One repeat.</summary>
/// <param name="F">F's window; null where it was left out.</param>
/// <param name="Wire">Wire's window.</param>
internal sealed record ConnectRepeat(ConnectWindow? F, ConnectWindow Wire)
{
    /// <summary>Wire's connections a second over F's.</summary>
    public double? Ratio => Wire.ConnectionsPerSecond / F?.ConnectionsPerSecond;
}
