using System.Buffers;
using System.Text.Unicode;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>Ids as they go on the wire. A text that is no id is refused here, not replaced or sent.</summary>
internal static class IdBytes
{
    /// <summary>Encodes into <paramref name="destination"/>, of <see cref="ProtocolLimits.MaxIdBytes"/> bytes.</summary>
    /// <exception cref="ArgumentException">It is not 1 to 128 bytes of UTF-8 without control characters.</exception>
    public static ReadOnlySpan<byte> Encode(string id, Span<byte> destination, string parameter)
    {
        ArgumentNullException.ThrowIfNull(id, parameter);
        if (!TryEncode(id, destination, out var utf8))
            throw new ArgumentException("An id is 1 to 128 bytes of UTF-8 without control characters.", parameter);
        return utf8;
    }

    public static bool TryEncode(string id, Span<byte> destination, out ReadOnlySpan<byte> utf8)
    {
        var status = Utf8.FromUtf16(id, destination, out _, out var written, replaceInvalidSequences: false);
        utf8 = destination[..written];
        return status == OperationStatus.Done && IdRules.IsValid(utf8);
    }
}
