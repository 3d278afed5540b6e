namespace Wire.Log;

/// <summary>What became of a read by address.</summary>
public enum LogReadStatus
{
    /// <summary>The record is there and its checksum holds.</summary>
    Found,

    /// <summary>The address lies below the oldest record that the log retains.</summary>
    Retired,

    /// <summary>What lies there is damaged or cannot be read.</summary>
    Damaged,
}
