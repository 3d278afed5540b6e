using System.Buffers;
using System.Text;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Conformance.SelfTests;

/// <summary>How the <see cref="ReferenceHost"/> cuts frames out of bytes.</summary>
internal static class ReferenceFraming
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// Cuts one frame off the front. False where more bytes are needed, or with <paramref name="error"/> where none will do.
    /// </summary>
    internal static bool TryCut(
        ref ReadOnlySequence<byte> bytes, int limit, out ReadOnlySequence<byte> frame, out ErrorCode error)
    {
        (frame, error) = (default, ErrorCode.Unspecified);
        var reader = new SequenceReader<byte>(bytes);
        ulong length = 0;
        for (var i = 0; ; i++)
        {
            if (i == 5)
            {
                error = ErrorCode.BadFrame;
                return false;
            }

            if (!reader.TryRead(out var one))
            {
                return false;
            }

            length |= (ulong)(one & 0x7F) << (7 * i);
            if (one < 0x80)
            {
                break;
            }
        }

        if (length == 0 || length > (ulong)limit)
        {
            error = length == 0 ? ErrorCode.BadFrame : ErrorCode.FrameTooLarge;
            return false;
        }

        if (!reader.TryReadExact((int)length, out frame))
        {
            return false;
        }

        bytes = bytes.Slice(reader.Position);
        return true;
    }

    /// <summary>The frame, and whether the ids in it are UTF-8; null where the bytes are no message.</summary>
    internal static (Frame Frame, bool TextIsValid)? Parse(ReadOnlySequence<byte> bytes)
    {
        try
        {
            var array = bytes.ToArray();
            return (Frame.Parser.ParseFrom(array), TextIsValid(array));
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>Whether a text is a session_id or client_id.</summary>
    internal static bool IsId(string id) => Encoding.UTF8.GetByteCount(id) is >= 1 and <= 128
        && !id.Any(one => one is < '\u0020' or (>= '\u007f' and <= '\u009f'));

    // The generated parser replaces what is not UTF-8, so that the id is looked at in the bytes: it is field 1 of every
    // body but Hello, where it is 2, and Fetch and Page, where 1 is a number.
    private static bool TextIsValid(byte[] frame)
    {
        var outer = new CodedInputStream(frame);
        while (outer.ReadTag() is var body && body != 0)
        {
            if (WireFormat.GetTagWireType(body) != WireFormat.WireType.LengthDelimited)
            {
                outer.SkipLastField();
                continue;
            }

            var inner = new CodedInputStream(outer.ReadBytes().ToByteArray());
            while (inner.ReadTag() is var tag && tag != 0)
            {
                if (WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited
                    || WireFormat.GetTagFieldNumber(tag) > 2)
                {
                    inner.SkipLastField();
                    continue;
                }

                try
                {
                    Strict.GetCharCount(inner.ReadBytes().ToByteArray());
                }
                catch (DecoderFallbackException)
                {
                    return false;
                }
            }
        }

        return true;
    }
}
