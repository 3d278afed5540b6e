using System.Buffers.Binary;
using System.Security.Cryptography;
using Wire.Log;
using Wire.Storage.Files;

namespace Wire.Storage.Folder;

/// <summary>
/// What a data folder is, written once, when it is created, into the file <c>folder</c>, little-endian:
/// <code>
///   0  8 bytes  "WIREFOLD"
///   8  u32      crc32c of all bytes after it
///  12  u32      version of the folder's format (1)
///  16  16 bytes id of the folder, random; each of its files has it
///  32  16 bytes seed of the session index, random and secret
///  48  u32      bytes in a page of the log
///  52  u32      number of the node that created it
///  56  i64      when, nanoseconds since 1970-01-01T00:00:00Z
/// </code>
/// </summary>
internal sealed record FolderIdentity(Guid Id, UInt128 HashSeed, int PageBytes, int NodeId, long CreatedAt)
{
    public const string FileName = "folder";
    public const uint CurrentVersion = 1;
    const int Size = 64;

    static ReadOnlySpan<byte> Magic => "WIREFOLD"u8;

    public static FolderIdentity? Read(IFileLayer files, string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!files.Exists(path))
            return null;
        Span<byte> bytes = stackalloc byte[Size];
        using (var file = files.Open(path))
            file.ReadZeroFilled(bytes, 0);

        if (!bytes.StartsWith(Magic))
            throw new LogException($"{path} is not the description of a data folder of Wire (offset 0). " + Advice);
        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        if (version > CurrentVersion)
            throw new LogException($"{path} (offset 12) has format {version}; this version of Wire reads up to {CurrentVersion}. Use a newer version of Wire.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Crc32C.Compute(bytes[12..]))
            throw new LogException($"{path} is damaged (offset 8: its checksum does not hold). " + Advice);
        return new FolderIdentity(
            new Guid(bytes.Slice(16, 16)),
            BinaryPrimitives.ReadUInt128LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[52..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[56..]));
    }

    public static FolderIdentity Create(IFileLayer files, string folder, int pageBytes, int nodeId, long createdAt)
    {
        Span<byte> seed = stackalloc byte[16];
        RandomNumberGenerator.Fill(seed);
        var identity = new FolderIdentity(Guid.NewGuid(), BinaryPrimitives.ReadUInt128LittleEndian(seed), pageBytes, nodeId, createdAt);

        Span<byte> bytes = stackalloc byte[Size];
        bytes.Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], CurrentVersion);
        identity.Id.TryWriteBytes(bytes.Slice(16, 16));
        BinaryPrimitives.WriteUInt128LittleEndian(bytes[32..], identity.HashSeed);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[48..], pageBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[52..], nodeId);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[56..], createdAt);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Crc32C.Compute(bytes[12..]));
        SmallFile.Replace(files, Path.Combine(folder, FileName), bytes);
        return identity;
    }

    const string Advice = "Restore it from a copy, or move the folder away to start with an empty log.";
}
