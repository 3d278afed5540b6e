using System.Buffers.Binary;
using Wire.Log;
using Wire.Storage.Files;

namespace Wire.Storage.Folder;

/// <summary>
/// A hint of how far the log was on stable storage, in the file <c>commit.slots</c>: two blocks of 4 KiB written in turn, so
/// that one is whole at any time. It is synced lazily; recovery never needs it, and uses it only to tell damage from a torn
/// end. Each block, little-endian:
/// <code>
///   0  8 bytes  "WIRESLOT"
///   8  u32      crc32c of bytes 12 to 63
///  12  u32      version (1)
///  16  16 bytes id of the folder
///  32  u64      number of the write; the higher one is newer
///  40  i64      begin of the log
///  48  i64      address until which it was on stable storage
///  56  u32      boot epoch of the writer
///  60  u32      1: written at an orderly close
/// </code>
/// Not thread-safe.
/// </summary>
internal sealed class CommitSlots : IDisposable
{
    public const string FileName = "commit.slots";
    const int BlockSize = 4096, Size = 64;

    readonly IDataFile _file;
    readonly Guid _folderId;
    readonly byte[] _block = new byte[BlockSize];
    ulong _number;

    CommitSlots(IDataFile file, Guid folderId)
    {
        _file = file;
        _folderId = folderId;
    }

    /// <summary>The newest slot that is whole; null where there is none.</summary>
    public CommitSlot? Newest { get; private set; }

    static ReadOnlySpan<byte> Magic => "WIRESLOT"u8;

    public static CommitSlots Open(IFileLayer files, string folder, Guid folderId)
    {
        var path = Path.Combine(folder, FileName);
        var exists = files.Exists(path);
        var slots = new CommitSlots(exists ? files.Open(path) : files.Create(path), folderId);
        if (exists)
        {
            slots.ReadBlock(0);
            slots.ReadBlock(1);
        }
        return slots;
    }

    /// <summary>The newest slot of a folder that is only looked at; null where there is none.</summary>
    public static CommitSlot? Read(IFileLayer files, string folder, Guid folderId)
    {
        if (!files.Exists(Path.Combine(folder, FileName)))
            return null;
        using var slots = Open(files, folder, folderId);
        return slots.Newest;
    }

    /// <summary>Writes and syncs a slot over the older one.</summary>
    public void Write(in CommitSlot slot)
    {
        _number++;
        var block = _block.AsSpan();
        block.Clear();
        Magic.CopyTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], 1);
        _folderId.TryWriteBytes(block.Slice(16, 16));
        BinaryPrimitives.WriteUInt64LittleEndian(block[32..], _number);
        BinaryPrimitives.WriteInt64LittleEndian(block[40..], slot.BeginAddress);
        BinaryPrimitives.WriteInt64LittleEndian(block[48..], slot.UntilAddress);
        BinaryPrimitives.WriteUInt32LittleEndian(block[56..], slot.Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(block[60..], slot.OrderlyClose ? 1u : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], Crc32C.Compute(block[12..Size]));
        _file.WriteAll(block, (long)(_number & 1) * BlockSize);
        _file.Sync();
        Newest = slot;
    }

    public void Dispose() => _file.Dispose();

    void ReadBlock(int index)
    {
        var block = _block.AsSpan();
        _file.ReadZeroFilled(block, index * BlockSize);
        if (!block.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(block[12..]) != 1
            || BinaryPrimitives.ReadUInt32LittleEndian(block[8..]) != Crc32C.Compute(block[12..Size])
            || new Guid(block.Slice(16, 16)) != _folderId)
            return;
        var number = BinaryPrimitives.ReadUInt64LittleEndian(block[32..]);
        if (Newest is not null && number < _number)
            return;
        _number = number;
        Newest = new CommitSlot(
            BinaryPrimitives.ReadInt64LittleEndian(block[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[48..]),
            BinaryPrimitives.ReadUInt32LittleEndian(block[56..]),
            BinaryPrimitives.ReadUInt32LittleEndian(block[60..]) == 1);
    }
}
