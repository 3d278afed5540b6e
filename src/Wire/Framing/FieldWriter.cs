using System.Buffers.Binary;

namespace Wire.Framing;

/// <summary>
/// Writes fields one after the other as the generated code does: what has its default value is left out. The sizes are what
/// the same fields take. Writing beyond the destination throws, as any span does.
/// </summary>
internal ref struct FieldWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    /// <summary>How many bytes were written.</summary>
    public int Position { get; private set; }

    public static int VarintSize(ulong value) => value == 0 ? 0 : 1 + Varint.Size(value);

    public static int Int32Size(int value) => VarintSize((ulong)value);

    public static int BoolSize(bool value) => value ? 2 : 0;

    public static int Fixed64Size(ulong value) => value == 0 ? 0 : 1 + sizeof(ulong);

    public static int BytesSize(int length) => length == 0 ? 0 : LengthDelimitedSize(length);

    /// <summary>A tag, a length and what it spans, which may be nothing.</summary>
    public static int LengthDelimitedSize(int length) => 1 + Varint.Size((uint)length) + length;

    /// <summary>A length and the frame that it spans.</summary>
    public static int DelimitedSize(int length) => Varint.Size((uint)length) + length;

    public void Varint64(byte tag, ulong value)
    {
        if (value != 0)
            PresentVarint64(tag, value);
    }

    /// <summary>A varint with presence: written where it is 0, too.</summary>
    public void PresentVarint64(byte tag, ulong value)
    {
        var position = Position;
        _destination[position] = tag;
        Position = Varint.Write(_destination, position + 1, value);
    }

    /// <summary>An int32 or an enum: a negative one is extended to 64 bits.</summary>
    public void Int32(byte tag, int value) => Varint64(tag, (ulong)value);

    public void Bool(byte tag, bool value)
    {
        if (value)
            PresentVarint64(tag, 1);
    }

    public void Fixed64(byte tag, ulong value)
    {
        if (value == 0)
            return;
        _destination[Position++] = tag;
        BinaryPrimitives.WriteUInt64LittleEndian(_destination[Position..], value);
        Position += sizeof(ulong);
    }

    public void Bytes(byte tag, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return;
        LengthDelimited(tag, value.Length);
        value.CopyTo(_destination[Position..]);
        Position += value.Length;
    }

    /// <summary>The tag and the length of a message whose fields follow.</summary>
    public void LengthDelimited(byte tag, int length)
    {
        _destination[Position++] = tag;
        Length(length);
    }

    /// <summary>A length alone, as it precedes a frame.</summary>
    public void Length(int length) => Position = Varint.Write(_destination, Position, (uint)length);
}
