namespace Wire.Log;

/// <summary>What became of an append.</summary>
public enum AppendStatus
{
    /// <summary>The record is in the log.</summary>
    Appended,

    /// <summary>No room at this moment; nothing was appended. The log calls its progress callback when it is worth trying again.</summary>
    Busy,

    /// <summary>The log takes nothing now (the disk is full) or ever again (it has failed); nothing was appended.</summary>
    Unavailable,
}
