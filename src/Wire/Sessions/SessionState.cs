namespace Wire.Sessions;

/// <summary>Where a session stands.</summary>
internal enum SessionState
{
    /// <summary>In use.</summary>
    Loaded,

    /// <summary>A reader thread is restoring it from the log; what comes for it is parked.</summary>
    Loading,

    /// <summary>No longer in memory: whoever kept a reference looks it up again.</summary>
    Evicted,
}
