using Wire.Storage.Recovery;

namespace Wire.Storage.Inspection;

/// <summary>A record whose checksum holds.</summary>
/// <param name="Address">Where it is in the log.</param>
/// <param name="Offset">Where it begins in the range's bytes.</param>
/// <param name="Length">Its bytes, decrypted where there is a key.</param>
/// <param name="StoredLength">Its bytes in the file.</param>
/// <param name="KeyId">The key that it is encrypted with; 0: it is not.</param>
/// <param name="IsOpen">Whether what is in it can be read.</param>
/// <param name="IsCertain">Whether an entry is known to begin there; else it was found by looking behind damage.</param>
/// <param name="SessionHash">Of the session's id; 0 where it has none, or where it cannot be read.</param>
/// <param name="LastId">The id of its last message, packed.</param>
/// <param name="Flaw">What is wrong with its content, as a sentence; null: nothing.</param>
internal readonly record struct ScannedRecord(long Address, int Offset, int Length, int StoredLength, uint KeyId, bool IsOpen,
    bool IsCertain, ulong SessionHash, long LastId, string? Flaw)
{
    /// <summary>The address behind it.</summary>
    public long End => Address + PageFraming.EntryBytes(StoredLength);
}
