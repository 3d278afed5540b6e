using System.Buffers.Binary;
using Wire.Log;
using Wire.Storage.Files;
using Wire.Storage.Folder;

namespace Wire.Storage.Encryption;

/// <summary>
/// Which key encrypts the log from which address on, in the file <c>key.uses</c>, little-endian. So a start sees at once, and
/// without reading the log, that a key is missing or is another one of the same number:
/// <code>
///   0  8 bytes  "WIREKEYS"
///   8  u32      crc32c of all bytes after it
///  12  u32      version of the file's format (1)
///  16  16 bytes id of the folder
///  32  u32      count of uses
///  36           for each: u32 number of the key, 0 for none; i64 address from which on it is used; 16 bytes check
/// </code>
/// The check is derived from the key by HKDF-SHA256 and says nothing about it. A use ends where the next one begins; one that
/// ends at or before the log's beginning is forgotten, and its key is needed no more. Written, synced and renamed into place
/// before the first append with another key. Where the file is missing or damaged, only the records themselves tell.
/// </summary>
internal sealed class KeyUses
{
    public const string FileName = "key.uses";
    public const uint CurrentVersion = 1;
    const int HeaderBytes = 36, CheckBytes = 16, UseBytes = 4 + 8 + CheckBytes;

    readonly List<Use> _uses = [];

    KeyUses(bool isMissing) => IsMissing = isMissing;

    static ReadOnlySpan<byte> Magic => "WIREKEYS"u8;

    /// <summary>Whether there was no such file, or none that can be read.</summary>
    public bool IsMissing { get; }

    /// <exception cref="LogException">The file is of a newer format, or of another folder.</exception>
    public static KeyUses Read(IFileLayer files, string folder, Guid folderId)
    {
        var path = Path.Combine(folder, FileName);
        if (!files.Exists(path))
            return new KeyUses(isMissing: true);
        byte[] bytes;
        using (var file = files.Open(path))
        {
            bytes = new byte[file.Length];
            file.ReadZeroFilled(bytes, 0);
        }

        if (bytes.Length < HeaderBytes || !bytes.AsSpan().StartsWith(Magic))
            return new KeyUses(isMissing: true);
        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12));
        if (version > CurrentVersion)
            throw new LogException($"{path} (offset 12) has format {version}; this version of Wire reads up to {CurrentVersion}. Use a newer version of Wire.");
        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(32));
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)) != Crc32C.Compute(bytes.AsSpan(12))
            || bytes.Length != HeaderBytes + (long)count * UseBytes)
            return new KeyUses(isMissing: true);
        if (new Guid(bytes.AsSpan(16, 16)) != folderId)
            throw new LogException($"{path} belongs to another data folder (offset 16). Move it away.");

        var uses = new KeyUses(isMissing: false);
        for (var at = HeaderBytes; at < bytes.Length; at += UseBytes)
        {
            uses._uses.Add(new Use(
                BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)),
                BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 4)),
                BinaryPrimitives.ReadUInt128LittleEndian(bytes.AsSpan(at + 12))));
        }
        return uses;
    }

    /// <summary>Compares the ring with what the folder was written with.</summary>
    /// <exception cref="LogException">A key is missing, or is another one.</exception>
    public void Check(FolderKeys keys, string folder)
    {
        foreach (var use in _uses)
        {
            if (use.KeyId == 0)
                continue;
            if (CheckOf(keys, use.KeyId) is not { } check)
            {
                throw new LogException(keys.Ring.Path is { } path
                    ? $"The log in {folder} is encrypted with key {use.KeyId} from address {use.From:x16} on, which the key file {path} does not have. Add the line of that key again."
                    : $"The log in {folder} is encrypted with key {use.KeyId} from address {use.From:x16} on, and no key file is set. Set Wire:Storage:Encryption:KeyFile.");
            }
            if (check != use.Check)
            {
                throw new LogException($"The log in {folder} is encrypted with key {use.KeyId} from address {use.From:x16} on; "
                    + $"the key of that number in {keys.Ring.Path} is another one. Restore the line of that key.");
            }
            keys.SetProven(use.KeyId);
        }
    }

    /// <summary>Notes, on stable storage, which key is used from an address on; 0 for none.</summary>
    /// <param name="files">The files.</param>
    /// <param name="folder">The data folder.</param>
    /// <param name="folderId">Its id.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="keyId">The key with which this process encrypts, or 0.</param>
    /// <param name="begin">The log's beginning.</param>
    /// <param name="end">Its end, where the use begins.</param>
    public void Begin(IFileLayer files, string folder, Guid folderId, FolderKeys keys, uint keyId, long begin, long end)
    {
        // What recovery cut away was used by nothing.
        var changed = _uses.RemoveAll(use => use.From > end) > 0;
        while (_uses.Count > 1 && _uses[1].From <= begin)
        {
            _uses.RemoveAt(0);
            changed = true;
        }
        if (keyId != (_uses.Count == 0 ? 0 : _uses[^1].KeyId))
        {
            changed = true;
            _uses.Add(new Use(keyId, end, keyId == 0 ? 0 : CheckOf(keys, keyId)!.Value));
        }
        if (keyId != 0)
            keys.SetProven(keyId);
        if (changed)
            Write(files, folder, folderId);
    }

    void Write(IFileLayer files, string folder, Guid folderId)
    {
        var bytes = new byte[HeaderBytes + _uses.Count * UseBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), CurrentVersion);
        folderId.TryWriteBytes(bytes.AsSpan(16));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), _uses.Count);
        var at = HeaderBytes;
        foreach (var use in _uses)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), use.KeyId);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at + 4), use.From);
            BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(at + 12), use.Check);
            at += UseBytes;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Crc32C.Compute(bytes.AsSpan(12)));
        SmallFile.Replace(files, Path.Combine(folder, FileName), bytes);
    }

    static UInt128? CheckOf(FolderKeys keys, uint keyId)
    {
        Span<byte> check = stackalloc byte[CheckBytes];
        return keys.TryGetCheck(keyId, check) ? BinaryPrimitives.ReadUInt128LittleEndian(check) : null;
    }

    readonly record struct Use(uint KeyId, long From, UInt128 Check);
}
