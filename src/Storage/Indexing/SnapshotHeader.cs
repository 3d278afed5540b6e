using System.Buffers.Binary;
using Wire.Log;

namespace Wire.Storage.Indexing;

/// <summary>
/// The first block of an index snapshot, little-endian:
/// <code>
///   0  8 bytes  "WIRESNAP"
///   8  u32      crc32c of bytes 12 to 4095
///  12  u32      version of the snapshot's format (1)
///  16  16 bytes id of the folder
///  32  i64      position: the address behind the last record that is in it
///  40  i64      address of that record
///  48  u64      log sequence of that record
///  56  u32      boot epoch of that record
///  60  u32      length of the handler's client id, 0 where none is known
///  64  i64      highest message id, packed
///  72  i64      count of unanswered sessions
///  80  128 bytes the handler's client id
/// 208  64 u32   count of sessions in each part of the index
/// 464           zeros
/// </code>
/// Blocks follow at offset 4096, each up to 1 MiB: u32 crc32c of all behind it, u32 bytes of data, the data. Joined, the data is
/// the sessions, part by part (u64 hash, i64 address of the newest record), and then the unanswered ones (u64 hash, u64 sequence,
/// i64 address of the run).
/// </summary>
internal sealed class SnapshotHeader
{
    public const int Size = 4096;
    public const uint CurrentVersion = 1;

    const int MaxHandlerBytes = 128, CountsAt = 208;

    static ReadOnlySpan<byte> Magic => "WIRESNAP"u8;

    public required Guid FolderId { get; init; }
    public required long Position { get; init; }
    public required long LastAddress { get; init; }
    public required ulong LastSequence { get; init; }
    public required uint LastEpoch { get; init; }
    public required long LastMessageId { get; init; }
    public required long Unanswered { get; init; }
    public required byte[] Handler { get; init; }
    public required uint[] Counts { get; init; }

    public void Write(Span<byte> block)
    {
        block.Clear();
        Magic.CopyTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], CurrentVersion);
        FolderId.TryWriteBytes(block.Slice(16, 16));
        BinaryPrimitives.WriteInt64LittleEndian(block[32..], Position);
        BinaryPrimitives.WriteInt64LittleEndian(block[40..], LastAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(block[48..], LastSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(block[56..], LastEpoch);
        BinaryPrimitives.WriteInt32LittleEndian(block[60..], Handler.Length);
        BinaryPrimitives.WriteInt64LittleEndian(block[64..], LastMessageId);
        BinaryPrimitives.WriteInt64LittleEndian(block[72..], Unanswered);
        Handler.CopyTo(block.Slice(80, MaxHandlerBytes));
        for (var part = 0; part < SessionIndex.Parts; part++)
            BinaryPrimitives.WriteUInt32LittleEndian(block[(CountsAt + 4 * part)..], Counts[part]);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], Crc32C.Compute(block[12..Size]));
    }

    /// <summary>Null where the block is not a header that this version can read.</summary>
    public static SnapshotHeader? Read(ReadOnlySpan<byte> block)
    {
        if (!block.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(block[12..]) != CurrentVersion
            || BinaryPrimitives.ReadUInt32LittleEndian(block[8..]) != Crc32C.Compute(block[12..Size])
            || BinaryPrimitives.ReadUInt32LittleEndian(block[60..]) > MaxHandlerBytes)
            return null;
        var counts = new uint[SessionIndex.Parts];
        for (var part = 0; part < counts.Length; part++)
            counts[part] = BinaryPrimitives.ReadUInt32LittleEndian(block[(CountsAt + 4 * part)..]);
        return new SnapshotHeader
        {
            FolderId = new Guid(block.Slice(16, 16)),
            Position = BinaryPrimitives.ReadInt64LittleEndian(block[32..]),
            LastAddress = BinaryPrimitives.ReadInt64LittleEndian(block[40..]),
            LastSequence = BinaryPrimitives.ReadUInt64LittleEndian(block[48..]),
            LastEpoch = BinaryPrimitives.ReadUInt32LittleEndian(block[56..]),
            LastMessageId = BinaryPrimitives.ReadInt64LittleEndian(block[64..]),
            Unanswered = BinaryPrimitives.ReadInt64LittleEndian(block[72..]),
            Handler = block.Slice(80, BinaryPrimitives.ReadInt32LittleEndian(block[60..])).ToArray(),
            Counts = counts,
        };
    }
}
