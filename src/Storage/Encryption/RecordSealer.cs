using System.Numerics;
using System.Security.Cryptography;
using Wire.Log;

namespace Wire.Storage.Encryption;

/// <summary>
/// Encrypts the records that this process appends. The data key is this process's own (the salt is drawn here), and the log
/// sequence in the nonce rises with each record that the log takes. A record that was sealed and not taken is given away to
/// nobody: its buffer is overwritten by the next one, which has its nonce.
/// <para>Not thread-safe: used under the log's append lock.</para>
/// </summary>
internal sealed class RecordSealer : IDisposable
{
    readonly AesGcm _cipher;
    readonly uint _keyId;
    readonly uint _epoch;
    readonly ulong _salt;
    byte[] _buffer = new byte[RunWriter.MaxRunBytes];

    /// <summary>Encrypts with the ring's newest key, of which there must be one.</summary>
    public RecordSealer(FolderKeys keys, uint epoch)
    {
        Span<byte> salt = stackalloc byte[EncryptedRecord.SaltBytes];
        RandomNumberGenerator.Fill(salt);
        (_keyId, _epoch, _salt) = (keys.Ring.NewestId, epoch, BitConverter.ToUInt64(salt));
        _cipher = keys.CreateCipher(_keyId, epoch, _salt) ?? throw new InvalidOperationException("There is no key to encrypt with.");
    }

    /// <summary>The record as it is to be stored, valid until the next one. The record itself is not changed.</summary>
    public ReadOnlySpan<byte> Seal(ReadOnlySpan<byte> record, ulong logSequence, long durableUntil)
    {
        var length = record.Length + EncryptedRecord.Overhead;
        if (length > _buffer.Length)
            _buffer = new byte[BitOperations.RoundUpToPowerOf2((uint)length)];
        var stored = _buffer.AsSpan(0, length);
        record[..RecordHeader.Size].CopyTo(stored);
        RecordHeader.MarkEncrypted(stored);
        RecordHeader.Place(stored, _keyId, _epoch, logSequence, durableUntil);
        EncryptedRecord.WriteSalt(stored, _salt);
        _cipher.Encrypt(
            EncryptedRecord.Nonce(stored),
            record[RecordHeader.Size..],
            stored[RecordHeader.Size..^EncryptedRecord.Overhead],
            stored[^EncryptedRecord.TagBytes..],
            EncryptedRecord.Associated(stored));
        RecordHeader.WriteCrc(stored);
        return stored;
    }

    public void Dispose() => _cipher.Dispose();
}
