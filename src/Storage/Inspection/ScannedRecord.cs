namespace Wire.Storage.Inspection;

/// <summary>A record whose checksum holds.</summary>
/// <param name="Address">Where it is in the log.</param>
/// <param name="Offset">Where it begins in the range's bytes.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="IsCertain">Whether an entry is known to begin there; else it was found by looking behind damage.</param>
/// <param name="SessionHash">Of the session's id; 0 where it has none, or where it is encrypted.</param>
/// <param name="LastId">The id of its last message, packed.</param>
/// <param name="Flaw">What is wrong with its content, as a sentence; null: nothing.</param>
internal readonly record struct ScannedRecord(long Address, int Offset, int Length, bool IsCertain, ulong SessionHash, long LastId, string? Flaw);
