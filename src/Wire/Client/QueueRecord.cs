using System.Buffers.Binary;
using Wire.Log;

namespace Wire.Client;

/// <summary>What a record of the queue's file says.</summary>
internal enum QueueRecordType : byte
{
    /// <summary>The first of a file: its version, and whose it is.</summary>
    Header = 1,

    /// <summary>A publish, as the frame that is sent.</summary>
    Publish = 2,

    /// <summary>The publishes of a session up to an id are answered. May come before the publishes themselves.</summary>
    Answered = 3,

    /// <summary>This one publish will not be sent.</summary>
    Removed = 4,

    /// <summary>The highest id that was ever given.</summary>
    HighestId = 5,
}

/// <summary>One record of the queue's file.</summary>
/// <remarks>
/// <code>
/// 57 49 52 51    "WIRQ": where a record may begin, also behind damage
/// length         4 bytes, little endian: of the body
/// crc            4 bytes: CRC-32C of type and body
/// type           1 byte
/// body
/// </code>
/// </remarks>
internal static class QueueRecord
{
    public const int HeadBytes = 13;


    public static ReadOnlySpan<byte> Magic => "WIRQ"u8;

    /// <summary>Completes a record whose body lies behind its head already.</summary>
    public static void Seal(Span<byte> record, QueueRecordType type)
    {
        Magic.CopyTo(record);
        record[HeadBytes - 1] = (byte)type;
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], record.Length - HeadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], Crc32C.Compute(record[(HeadBytes - 1)..]));
    }

    /// <summary>False where no whole and undamaged record begins there.</summary>
    public static bool TryRead(ReadOnlySpan<byte> file, out QueueRecordType type, out ReadOnlySpan<byte> body)
    {
        type = default;
        body = default;
        if (file.Length < HeadBytes || !file.StartsWith(Magic))
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(file[4..]);
        if (length < 0 || length > file.Length - HeadBytes)
            return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(file[8..]) != Crc32C.Compute(file.Slice(HeadBytes - 1, length + 1)))
            return false;
        type = (QueueRecordType)file[HeadBytes - 1];
        body = file.Slice(HeadBytes, length);
        return true;
    }

    /// <summary>Is there a whole record anywhere in it?</summary>
    public static bool IsAnywhereIn(ReadOnlySpan<byte> file)
    {
        while (file.IndexOf(Magic) is >= 0 and var index)
        {
            file = file[index..];
            if (TryRead(file, out _, out _))
                return true;
            file = file[1..];
        }
        return false;
    }
}
