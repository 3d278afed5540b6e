namespace Wire.Log;

/// <summary>Whether a log takes appends.</summary>
public enum LogHealth
{
    /// <summary>It does.</summary>
    Healthy,

    /// <summary>It does, but its device has been busy for so long that the process should get no new work.</summary>
    Slow,

    /// <summary>It refuses until there is room again; it tries by itself.</summary>
    Full,

    /// <summary>It has met an error and refuses until the process is started again. Reads go on.</summary>
    Failed,
}
