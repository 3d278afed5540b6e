namespace Wire.Load.Report.Charts;

/// <summary>The colours of a chart: one and the same thing has the same in each.</summary>
internal enum ChartColor
{
    /// <summary>F, what things are compared with.</summary>
    Grey,

    /// <summary>Wire.</summary>
    Blue,

    /// <summary>Wire, another way.</summary>
    Teal,

    /// <summary>Something else, and so on.</summary>
    Orange,

    /// <summary>The next.</summary>
    Purple,

    /// <summary>The next.</summary>
    Red,

    /// <summary>The next.</summary>
    Ochre,

    /// <summary>The last.</summary>
    Pink,
}
