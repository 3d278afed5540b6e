namespace Wire.Host;

/// <summary>When a publish that asks for nothing particular is acknowledged.</summary>
public enum DurabilityLevel
{
    /// <summary>When it is on stable storage: a power cut does not take it.</summary>
    Disk,

    /// <summary>When it is in the log's memory: a crash can take the newest ones.</summary>
    Memory,
}
