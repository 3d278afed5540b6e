using System.Buffers.Binary;
using Wire.Log;

namespace Wire.Storage.Encryption;

/// <summary>
/// A record that is encrypted. Its header stays as it is; what follows is one AES-256-GCM ciphertext:
/// <code>
///   0  100  header (RecordHeader): flag 1, the key's number, and the length with what encryption adds
/// 100       ciphertext of session id, client id and body
///   n    8  salt: random, drawn by each process that opens the folder
/// n+8   16  tag
/// </code>
/// Data key: HKDF-SHA256(key of the ring, salt = the folder's id, info = "wire log record\0" | u32 boot epoch | 8 bytes salt).
/// Nonce: bytes 12 to 23 of the header, boot epoch and log sequence. Associated data: bytes 4 to 99 of the header, all but the
/// CRC, which comes last and covers what is stored, so that a log can be checked without a key.
/// <para>
/// Only runs and checkpoints are encrypted. Fillers and roll marks hold nothing but a time.
/// </para>
/// </summary>
internal static class EncryptedRecord
{
    public const int SaltBytes = 8;
    public const int TagBytes = 16;

    /// <summary>What encryption adds to a record.</summary>
    public const int Overhead = SaltBytes + TagBytes;

    const int NonceAt = 12, NonceBytes = 12, AssociatedAt = 4;

    public static bool HoldsMessages(RecordKind kind) => kind is RecordKind.Run or RecordKind.SessionCheckpoint;

    public static ReadOnlySpan<byte> Nonce(ReadOnlySpan<byte> record) => record.Slice(NonceAt, NonceBytes);

    public static ReadOnlySpan<byte> Associated(ReadOnlySpan<byte> record) => record[AssociatedAt..RecordHeader.Size];

    public static ulong Salt(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt64LittleEndian(record[^Overhead..]);

    public static void WriteSalt(Span<byte> record, ulong salt) => BinaryPrimitives.WriteUInt64LittleEndian(record[^Overhead..], salt);

    public static ReadOnlySpan<byte> Ciphertext(ReadOnlySpan<byte> record) => record[RecordHeader.Size..^Overhead];

    public static Span<byte> Ciphertext(Span<byte> record) => record[RecordHeader.Size..^Overhead];

    public static ReadOnlySpan<byte> Tag(ReadOnlySpan<byte> record) => record[^TagBytes..];

    public static Span<byte> Tag(Span<byte> record) => record[^TagBytes..];
}
