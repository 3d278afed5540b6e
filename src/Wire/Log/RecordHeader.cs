using System.Buffers.Binary;

namespace Wire.Log;

/// <summary>
/// The fixed head of every record, little-endian, drawn byte by byte:
/// <code>
///   0  u32  crc32c of all bytes after it
///   4  u8   version of the record's format (1)
///   5  u8   kind (RecordKind)
///   6  u8   flags: 1 encrypted, 2 atomic append (several messages that stand or fall together)
///   7  u8   role of the producer
///   8  u32  key id (0: not encrypted)
///  12  u32  boot epoch: the run of the process that wrote it
///  16  u64  log sequence: one more than the record before it in the log
///  24  i64  durableUntil: what was on stable storage when it was written
///  32  i64  run number: 1, 2, 3 … within the session, checkpoints included
///  40  i64  address of the session's previous record (run number - 1), 0 for none
///  48  i64  address of the record whose number is number AND (number - 1), 0 for none
///  56  i64  address of the session's newest checkpoint before this record, 0 for none
///  64  u64  sequence of the first message (of a checkpoint: head + 1)
///  72  u32  count of messages (of a checkpoint: 0)
///  76  u32  length of the whole record in bytes
///  80  i64  id of the first message, packed (milliseconds &lt;&lt; 12 | counter), without the node's number
///  88  i64  timestamp, nanoseconds since 1970-01-01T00:00:00Z
///  96  u8   length of the session id, S
///  97  u8   length of the client id, C
///  98  u16  zero
/// 100  S    session id
///      C    client id
///           body: messages (see RunWriter), or the checkpoint (session_checkpoint.proto)
/// </code>
/// With flag 1 all that follows byte 99 is encrypted, and 24 bytes longer; the length above is that of what is stored.
/// Whoever appends fills in crc, key id, epoch, log sequence and durableUntil; the rest is the session's.
/// </summary>
internal readonly ref struct RecordHeader(ReadOnlySpan<byte> record)
{
    public const int Size = 100;
    public const byte CurrentVersion = 1;

    /// <summary>The most that a record adds to one message: the header, two ids of 128 bytes, and the message's own fields.</summary>
    public const int MaxOverhead = Size + 2 * 128 + 64;

    public const byte FlagEncrypted = 1;
    public const byte FlagAtomic = 2;

    const int VersionAt = 4, KindAt = 5, FlagsAt = 6, RoleAt = 7, KeyIdAt = 8, EpochAt = 12, LogSequenceAt = 16, DurableUntilAt = 24,
        RunNumberAt = 32, PreviousAt = 40, SkipAt = 48, CheckpointAt = 56, FirstSequenceAt = 64, CountAt = 72, LengthAt = 76,
        FirstIdAt = 80, TimestampAt = 88, SessionLengthAt = 96, ClientLengthAt = 97;

    readonly ReadOnlySpan<byte> _record = record;

    public uint Crc => BinaryPrimitives.ReadUInt32LittleEndian(_record);
    public byte Version => _record[VersionAt];
    public RecordKind Kind => (RecordKind)_record[KindAt];
    public byte Flags => _record[FlagsAt];
    public byte Role => _record[RoleAt];

    /// <summary>Whether it is, or was before somebody changed one of the two that say so; a record that was does not decrypt.</summary>
    public bool IsEncrypted => (Flags & FlagEncrypted) != 0 || KeyId != 0;
    public uint KeyId => BinaryPrimitives.ReadUInt32LittleEndian(_record[KeyIdAt..]);
    public uint Epoch => BinaryPrimitives.ReadUInt32LittleEndian(_record[EpochAt..]);
    public ulong LogSequence => BinaryPrimitives.ReadUInt64LittleEndian(_record[LogSequenceAt..]);
    public long DurableUntil => BinaryPrimitives.ReadInt64LittleEndian(_record[DurableUntilAt..]);
    public long RunNumber => BinaryPrimitives.ReadInt64LittleEndian(_record[RunNumberAt..]);
    public long Previous => BinaryPrimitives.ReadInt64LittleEndian(_record[PreviousAt..]);
    public long Skip => BinaryPrimitives.ReadInt64LittleEndian(_record[SkipAt..]);
    public long Checkpoint => BinaryPrimitives.ReadInt64LittleEndian(_record[CheckpointAt..]);
    public ulong FirstSequence => BinaryPrimitives.ReadUInt64LittleEndian(_record[FirstSequenceAt..]);
    public int Count => BinaryPrimitives.ReadInt32LittleEndian(_record[CountAt..]);
    public int Length => BinaryPrimitives.ReadInt32LittleEndian(_record[LengthAt..]);
    public long FirstId => BinaryPrimitives.ReadInt64LittleEndian(_record[FirstIdAt..]);
    public long Timestamp => BinaryPrimitives.ReadInt64LittleEndian(_record[TimestampAt..]);

    /// <summary>The sequence of the newest message at this link of the chain.</summary>
    public ulong LastSequence => FirstSequence + (ulong)Count - 1;

    /// <summary>The id of the last message, packed; of a checkpoint, of the last one before it. The ids of a run are consecutive.</summary>
    public long LastId => FirstId + Math.Max(Count, 1) - 1;

    public ReadOnlySpan<byte> SessionId => _record.Slice(Size, _record[SessionLengthAt]);
    public ReadOnlySpan<byte> ClientId => _record.Slice(Size + _record[SessionLengthAt], _record[ClientLengthAt]);
    public ReadOnlySpan<byte> Body => _record[BodyOffset..];
    public int BodyOffset => Size + _record[SessionLengthAt] + _record[ClientLengthAt];

    /// <summary>
    /// Whether the bytes are one whole record of a known version whose CRC holds. Nothing else of the record may be read
    /// where this is false.
    /// </summary>
    public bool IsIntact =>
        _record.Length >= Size && Length == _record.Length && Version == CurrentVersion && _record.Length >= BodyOffset
        && Crc == Crc32C.Compute(_record[4..]);

    /// <summary>
    /// Whether the bytes are one whole record of a version that this program does not know. Every version begins with the CRC
    /// of all that follows, and then its number.
    /// </summary>
    public static bool IsNewer(ReadOnlySpan<byte> record) =>
        record.Length > VersionAt && record[VersionAt] > CurrentVersion
        && BinaryPrimitives.ReadUInt32LittleEndian(record) == Crc32C.Compute(record[4..]);

    /// <summary>Writes what the session knows; <paramref name="destination"/> is the whole record, its ids and body already there.</summary>
    public static void Write(Span<byte> destination, RecordKind kind, byte flags, byte role, in RecordChain chain,
        ulong firstSequence, int count, long firstId, long timestamp, int sessionIdLength, int clientIdLength)
    {
        destination[..Size].Clear();
        destination[VersionAt] = CurrentVersion;
        destination[KindAt] = (byte)kind;
        destination[FlagsAt] = flags;
        destination[RoleAt] = role;
        BinaryPrimitives.WriteInt64LittleEndian(destination[RunNumberAt..], chain.RunNumber);
        BinaryPrimitives.WriteInt64LittleEndian(destination[PreviousAt..], chain.Previous);
        BinaryPrimitives.WriteInt64LittleEndian(destination[SkipAt..], chain.Skip);
        BinaryPrimitives.WriteInt64LittleEndian(destination[CheckpointAt..], chain.Checkpoint);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[FirstSequenceAt..], firstSequence);
        BinaryPrimitives.WriteInt32LittleEndian(destination[CountAt..], count);
        BinaryPrimitives.WriteInt32LittleEndian(destination[LengthAt..], destination.Length);
        BinaryPrimitives.WriteInt64LittleEndian(destination[FirstIdAt..], firstId);
        BinaryPrimitives.WriteInt64LittleEndian(destination[TimestampAt..], timestamp);
        destination[SessionLengthAt] = (byte)sessionIdLength;
        destination[ClientLengthAt] = (byte)clientIdLength;
    }

    /// <summary>Writes what depends on the place in the log, and last the CRC. The record is final after it.</summary>
    public static void Seal(Span<byte> record, uint keyId, uint epoch, ulong logSequence, long durableUntil)
    {
        Place(record, keyId, epoch, logSequence, durableUntil);
        WriteCrc(record);
    }

    /// <summary>Writes what depends on the place in the log, and no CRC.</summary>
    public static void Place(Span<byte> record, uint keyId, uint epoch, ulong logSequence, long durableUntil)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(record[KeyIdAt..], keyId);
        BinaryPrimitives.WriteUInt32LittleEndian(record[EpochAt..], epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(record[LogSequenceAt..], logSequence);
        BinaryPrimitives.WriteInt64LittleEndian(record[DurableUntilAt..], durableUntil);
    }

    /// <summary>Writes the CRC of all that follows it. The record is final after it.</summary>
    public static void WriteCrc(Span<byte> record) => BinaryPrimitives.WriteUInt32LittleEndian(record, Crc32C.Compute(record[4..]));

    /// <summary>Leaves the CRC out.</summary>
    public static void ClearCrc(Span<byte> record) => BinaryPrimitives.WriteUInt32LittleEndian(record, 0);

    /// <summary>Makes this the header of a record whose rest is encrypted and that has, as a whole, this length.</summary>
    public static void MarkEncrypted(Span<byte> record)
    {
        record[FlagsAt] |= FlagEncrypted;
        BinaryPrimitives.WriteInt32LittleEndian(record[LengthAt..], record.Length);
    }

    /// <summary>Makes this the header of a record that was decrypted and that has, as a whole, this length.</summary>
    public static void MarkOpened(Span<byte> record)
    {
        record[FlagsAt] = (byte)(record[FlagsAt] & ~FlagEncrypted);
        BinaryPrimitives.WriteUInt32LittleEndian(record[KeyIdAt..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(record[LengthAt..], record.Length);
    }
}
