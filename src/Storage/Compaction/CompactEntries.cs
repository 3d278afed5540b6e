using Wire.Log;
using Wire.Storage.Encryption;
using Wire.Storage.Recovery;

namespace Wire.Storage.Compaction;

/// <summary>
/// The entries of a piece of a page, made to compress and back: an encrypted record has its ids and messages in clear, at the same
/// place and in the same length, and what can be computed (CRCs and tags) is zero.
/// </summary>
internal static class CompactEntries
{
    /// <summary>Makes them so, in place. False where a record is not whole or does not open; what is there then is of no use.</summary>
    /// <param name="entries">Whole entries, and zeros behind them.</param>
    /// <param name="opener">Decrypts.</param>
    /// <param name="keyId">The key of an encrypted record that was among them; 0 where there was none.</param>
    public static bool TryReduce(Span<byte> entries, RecordOpener opener, out uint keyId)
    {
        keyId = 0;
        while (PageFraming.TryGetRecord(entries, out var found))
        {
            var header = new RecordHeader(found);
            if (!header.IsIntact)
                return false;
            var record = entries.Slice(PageFraming.LengthBytes, found.Length);
            if (header.IsEncrypted)
            {
                keyId = header.KeyId;
                if (!opener.TryOpenInPlace(record))
                    return false;
                EncryptedRecord.Tag(record).Clear();
            }
            RecordHeader.ClearCrc(record);
            entries = entries[Math.Min(entries.Length, PageFraming.EntryBytes(record.Length))..];
        }
        return entries.IndexOfAnyExcept((byte)0) < 0;
    }

    /// <summary>Makes them as they were. The number of a key that is missing, or is used where nothing may be encrypted; else null.</summary>
    public static uint? Restore(Span<byte> entries, RecordOpener opener, bool mayBeEncrypted)
    {
        while (PageFraming.TryGetRecord(entries, out var found) && found.Length >= RecordHeader.Size)
        {
            var record = entries.Slice(PageFraming.LengthBytes, found.Length);
            var header = new RecordHeader(record);
            // In a file that is not encrypted it is nobody's word that this is what was encrypted once.
            if (header.IsEncrypted && (!mayBeEncrypted || !opener.TrySealAgain(record)))
                return header.KeyId;
            RecordHeader.WriteCrc(record);
            entries = entries[Math.Min(entries.Length, PageFraming.EntryBytes(record.Length))..];
        }
        return null;
    }
}
