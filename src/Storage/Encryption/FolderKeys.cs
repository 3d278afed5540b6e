using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Wire.Storage.Encryption;

/// <summary>
/// The keys of one data folder. No key of the ring encrypts anything itself: from it, the folder's id and what the use names a
/// data key is derived (HKDF-SHA256, RFC 5869), so that one key file may serve several folders. Thread-safe.
/// </summary>
internal sealed class FolderKeys
{
    // As many readers as work at once keep theirs; more are made anew.
    const int MaxIdleOpeners = 64;

    readonly KeyRing _ring;
    readonly byte[] _folderId;
    readonly ConcurrentBag<RecordOpener> _openers = [];
    readonly HashSet<uint> _proven = [];

    public FolderKeys(KeyRing ring, Guid folderId)
    {
        _ring = ring;
        _folderId = folderId.ToByteArray();
    }

    static ReadOnlySpan<byte> RecordUse => "wire log record\0"u8;

    static ReadOnlySpan<byte> ColdUse => "wire log cold\0"u8;

    static ReadOnlySpan<byte> CheckUse => "wire log key check\0"u8;

    public KeyRing Ring => _ring;

    /// <summary>An opener for one thread at a time; to be given back with <see cref="Return"/>.</summary>
    public RecordOpener Rent() => _openers.TryTake(out var opener) ? opener : new RecordOpener(this);

    public void Return(RecordOpener opener)
    {
        if (_openers.Count >= MaxIdleOpeners)
        {
            opener.Dispose();
            return;
        }
        opener.Trim();
        _openers.Add(opener);
    }

    /// <summary>Drops the openers that are not in use.</summary>
    public void Clear()
    {
        while (_openers.TryTake(out var opener))
            opener.Dispose();
    }

    /// <summary>The cipher for the records that one process wrote; null where the ring has no such key.</summary>
    public AesGcm? CreateCipher(uint keyId, uint epoch, ulong salt)
    {
        Span<byte> info = stackalloc byte[RecordUse.Length + sizeof(uint) + sizeof(ulong)];
        RecordUse.CopyTo(info);
        BinaryPrimitives.WriteUInt32LittleEndian(info[RecordUse.Length..], epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(info[(RecordUse.Length + sizeof(uint))..], salt);
        return CreateCipher(keyId, info);
    }

    /// <summary>The cipher for the blocks of a cold file (<see cref="Compaction.ColdCipher"/>); null where the ring has no such key.</summary>
    public AesGcm? CreateColdCipher(uint keyId, long startAddress, ulong salt)
    {
        Span<byte> info = stackalloc byte[ColdUse.Length + sizeof(long) + sizeof(ulong)];
        ColdUse.CopyTo(info);
        BinaryPrimitives.WriteInt64LittleEndian(info[ColdUse.Length..], startAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(info[(ColdUse.Length + sizeof(long))..], salt);
        return CreateCipher(keyId, info);
    }

    AesGcm? CreateCipher(uint keyId, ReadOnlySpan<byte> info)
    {
        Span<byte> key = stackalloc byte[KeyRing.KeyBytes];
        if (!TryDerive(keyId, info, key))
            return null;
        var cipher = new AesGcm(key, EncryptedRecord.TagBytes);
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }

    /// <summary>What tells a key from any other without giving anything of it away. False where the ring has no such key.</summary>
    public bool TryGetCheck(uint keyId, Span<byte> check) => TryDerive(keyId, CheckUse, check);

    /// <summary>Notes that the ring's key of this number is the one that the folder was written with. Before the folder is in use.</summary>
    public void SetProven(uint keyId) => _proven.Add(keyId);

    /// <summary>Why a record does not open, as the end of a sentence that begins with the record.</summary>
    public string WhyNot(uint keyId)
    {
        var encrypted = $"is encrypted with key {keyId}, ";
        if (_ring.Path is null)
            return encrypted + "and no key file is set (Wire:Storage:Encryption:KeyFile)";
        if (!_ring.TryGet(keyId, out _))
            return encrypted + $"which the key file {_ring.Path} does not have";
        return _proven.Contains(keyId)
            ? encrypted + "and was altered: its authentication tag does not hold"
            : encrypted + $"and does not open with the key of that number in {_ring.Path}: that is another key, or the record was altered";
    }

    bool TryDerive(uint keyId, ReadOnlySpan<byte> info, Span<byte> key)
    {
        if (!_ring.TryGet(keyId, out var master))
            return false;
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master, key, _folderId, info);
        return true;
    }
}
