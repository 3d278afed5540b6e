namespace Wire.Storage.Inspection;

/// <summary>How a log ends.</summary>
internal enum LogEnd
{
    /// <summary>With its last record.</summary>
    Clean,

    /// <summary>With what a crash left of the last flushes, which the next start cuts away; in a live folder, with a write under way.</summary>
    Torn,

    /// <summary>A record of a format that only a newer program reads: nothing behind it was looked at.</summary>
    Newer,
}
