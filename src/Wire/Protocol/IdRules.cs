using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Text.Unicode;

namespace Wire.Protocol;

/// <summary>What a <c>session_id</c> or <c>client_id</c> may be, checked on the bytes as they came.</summary>
internal static class IdRules
{
    private const byte FirstPrintable = 0x20;
    private const byte LastPrintable = 0x7E;

    /// <summary>Is this 1 to 128 bytes of valid UTF-8 without control characters (U+0000 to U+001F, U+007F to U+009F)?</summary>
    public static bool IsValid(ReadOnlySpan<byte> utf8)
    {
        if ((uint)(utf8.Length - 1) >= ProtocolLimits.MaxIdBytes)
            return false;
        return IsPrintableAscii(utf8) || IsValidBeyondAscii(utf8);
    }

    // Every publish asks this of an id of 10 to 40 bytes. For those the framework's search by range spends more on being
    // general than on the bytes; here the last load overlaps the one before it, so that no bytes are left over.
    private static bool IsPrintableAscii(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length >= Vector128<byte>.Count)
        {
            var last = utf8.Length - Vector128<byte>.Count;
            for (var i = 0; i < last; i += Vector128<byte>.Count)
            {
                if (!IsPrintableAscii(Vector128.Create(utf8[i..])))
                    return false;
            }
            return IsPrintableAscii(Vector128.Create(utf8[last..]));
        }

        if (utf8.Length >= sizeof(ulong))
        {
            var head = BinaryPrimitives.ReadUInt64LittleEndian(utf8);
            var tail = BinaryPrimitives.ReadUInt64LittleEndian(utf8[^sizeof(ulong)..]);
            return IsPrintableAscii(Vector128.Create(head, tail).AsByte());
        }

        foreach (var value in utf8)
        {
            if (value is < FirstPrintable or > LastPrintable)
                return false;
        }
        return true;
    }

    private static bool IsPrintableAscii(Vector128<byte> bytes)
        => Vector128.LessThanOrEqualAll(
            bytes - Vector128.Create(FirstPrintable), Vector128.Create((byte)(LastPrintable - FirstPrintable)));

    private static bool IsValidBeyondAscii(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
            return false;

        // In valid UTF-8, U+0080 to U+009F are 0xC2 followed by 0x80 to 0x9F, and 0xC2 is nothing else than such a lead.
        for (var i = 0; i < utf8.Length; i++)
        {
            var value = utf8[i];
            if (value < FirstPrintable || value == 0x7F || (value == 0xC2 && utf8[i + 1] < 0xA0))
                return false;
        }
        return true;
    }
}
