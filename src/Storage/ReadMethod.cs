namespace Wire.Storage;

/// <summary>How the log reads its files.</summary>
public enum ReadMethod
{
    /// <summary>
    /// Through read-only maps: records are read in place, without a copy and without a call of the system. A media error under
    /// a map ends the process, because a map cannot report one.
    /// </summary>
    Map,

    /// <summary>
    /// By reads into pooled buffers, also when the log is recovered; no file is ever mapped. A media error is then an error of
    /// the read that met it, and of no other. Each record costs one or two calls of the system.
    /// </summary>
    Pread,
}
