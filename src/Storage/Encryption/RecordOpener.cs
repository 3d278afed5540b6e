using System.Numerics;
using System.Security.Cryptography;
using Wire.Log;

namespace Wire.Storage.Encryption;

/// <summary>
/// Decrypts stored records, and gives those that are not encrypted as they are. Not thread-safe, because a cipher of the
/// framework is not: each thread has its own (<see cref="FolderKeys.Rent"/>).
/// </summary>
internal sealed class RecordOpener(FolderKeys keys) : IDisposable
{
    // A log has a data key for each start of a process that wrote to it; of a chain of reads most are from one or two.
    const int Ciphers = 8;

    // Larger records are rare.
    const int KeptBytes = 2 * RunWriter.MaxRunBytes;

    readonly Entry[] _ciphers = new Entry[Ciphers];
    byte[] _buffer = [];
    int _newest;

    /// <summary>
    /// The record as it was appended: its ids and messages in clear, its length without what encryption added, and no key. Its
    /// CRC is that of what is stored, and is not to be checked again.
    /// </summary>
    /// <param name="record">A whole record (<see cref="RecordHeader.IsIntact"/>).</param>
    /// <param name="plaintext">Valid until the next call, or for as long as <paramref name="record"/> where that is not encrypted.</param>
    /// <returns>False where the key is missing, is another one, or the record was altered (<see cref="FolderKeys.WhyNot"/>).</returns>
    public bool TryOpen(ReadOnlySpan<byte> record, out ReadOnlySpan<byte> plaintext)
    {
        var header = new RecordHeader(record);
        plaintext = record;
        if (!header.IsEncrypted)
            return true;
        plaintext = default;
        if (FindCipher(record) is not { } cipher)
            return false;

        var length = record.Length - EncryptedRecord.Overhead;
        if (length > _buffer.Length)
            _buffer = new byte[BitOperations.RoundUpToPowerOf2((uint)length)];
        var opened = _buffer.AsSpan(0, length);
        try
        {
            cipher.Decrypt(EncryptedRecord.Nonce(record), EncryptedRecord.Ciphertext(record), EncryptedRecord.Tag(record),
                opened[RecordHeader.Size..], EncryptedRecord.Associated(record));
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        record[..RecordHeader.Size].CopyTo(opened);
        RecordHeader.MarkOpened(opened);
        plaintext = opened;
        return new RecordHeader(plaintext).BodyOffset <= length;
    }

    /// <summary>Puts what is encrypted in clear where it stands; header, salt and tag stay. False as above.</summary>
    public bool TryOpenInPlace(Span<byte> record)
    {
        if (FindCipher(record) is not { } cipher)
            return false;
        var text = EncryptedRecord.Ciphertext(record);
        try
        {
            cipher.Decrypt(EncryptedRecord.Nonce(record), text, EncryptedRecord.Tag(record), text, EncryptedRecord.Associated(record));
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        return true;
    }

    /// <summary>Undoes <see cref="TryOpenInPlace"/>, and writes the tag, to the same bytes. False where the key is missing.</summary>
    public bool TrySealAgain(Span<byte> record)
    {
        if (FindCipher(record) is not { } cipher)
            return false;
        var text = EncryptedRecord.Ciphertext(record);
        cipher.Encrypt(EncryptedRecord.Nonce(record), text, text, EncryptedRecord.Tag(record), EncryptedRecord.Associated(record));
        return true;
    }

    /// <summary>Gives up the memory that only a large record needed, before the opener waits for its next use.</summary>
    public void Trim()
    {
        if (_buffer.Length > KeptBytes)
            _buffer = [];
    }

    public void Dispose()
    {
        foreach (ref var entry in _ciphers.AsSpan())
        {
            entry.Cipher?.Dispose();
            entry = default;
        }
    }

    AesGcm? FindCipher(ReadOnlySpan<byte> record)
    {
        if (record.Length < RecordHeader.Size + EncryptedRecord.Overhead)
            return null;
        var header = new RecordHeader(record);
        var (keyId, epoch, salt) = (header.KeyId, header.Epoch, EncryptedRecord.Salt(record));
        for (var i = 0; i < Ciphers; i++)
        {
            ref var entry = ref _ciphers[(_newest + i) % Ciphers];
            if (entry.Cipher is null || entry.Salt != salt || entry.Epoch != epoch || entry.KeyId != keyId)
                continue;
            _newest = (_newest + i) % Ciphers;
            return entry.Cipher;
        }

        var made = keys.CreateCipher(keyId, epoch, salt);
        if (made is null)
            return null;
        // The place before the newest is the one that was in use longest ago, or nearly so.
        _newest = (_newest + Ciphers - 1) % Ciphers;
        _ciphers[_newest].Cipher?.Dispose();
        _ciphers[_newest] = new Entry(keyId, epoch, salt, made);
        return made;
    }

    readonly record struct Entry(uint KeyId, uint Epoch, ulong Salt, AesGcm? Cipher);
}
