using System.Buffers;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Framing;

/// <summary>
/// Writes delimited frames, byte for byte as Google.Protobuf does, without an object in between. Each <c>Write</c> returns
/// the bytes written, which are what its <c>Size</c> said; a destination that is too short throws.
/// </summary>
internal static partial class FrameWriter
{
    /// <summary>The frames here are small or at most MaxFrameBytes and little more: their prefix never takes more than this.</summary>
    private const int MaxPrefixBytes = ProtocolLimits.MaxLengthPrefixBytes;

    /// <summary>The tag and length of a body, and the frame's prefix, around a body of fewer than 16 KiB.</summary>
    private const int MaxSmallHeaderBytes = 2 + 1 + 2;

    private const int MaxIdFieldBytes = 1 + 2 + ProtocolLimits.MaxIdBytes;
    private const int MaxVarintFieldBytes = 1 + Varint.MaxBytes;
    private const int MaxUInt32FieldBytes = 1 + 5;
    private const int MaxBoolFieldBytes = 2;
    private const int Fixed64FieldBytes = 1 + sizeof(ulong);

    /// <summary>Writes any frame with the generated code: for those that are rare.</summary>
    public static void Write(IBufferWriter<byte> output, Frame frame)
    {
        var size = frame.CalculateSize();
        var prefix = output.GetSpan(MaxPrefixBytes);
        output.Advance(Varint.Write(prefix, 0, (uint)size));
        frame.WriteTo(output);
    }

    /// <summary>The size of a delimited frame whose body has fields of <paramref name="fieldsSize"/> bytes.</summary>
    private static int FrameSize(int fieldsSize)
        => FieldWriter.DelimitedSize(FieldWriter.LengthDelimitedSize(fieldsSize));

    /// <summary>Begins a delimited frame whose body has fields of <paramref name="fieldsSize"/> bytes.</summary>
    private static FieldWriter Begin(Span<byte> destination, byte bodyTag, int fieldsSize)
    {
        var writer = new FieldWriter(destination);
        writer.Length(FieldWriter.LengthDelimitedSize(fieldsSize));
        writer.LengthDelimited(bodyTag, fieldsSize);
        return writer;
    }
}
