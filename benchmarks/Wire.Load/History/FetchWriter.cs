using System.Text;

namespace Wire.Load.History;

/// <summary>Writes the few fields of a Fetch.</summary>
internal ref struct FetchWriter(Span<byte> to)
{
    private readonly Span<byte> _to = to;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Writes a number.</summary>
    public void Field(byte tag, uint value)
    {
        _to[Length++] = tag;
        for (; value >= 0x80; value >>= 7)
            _to[Length++] = (byte)(value | 0x80);
        _to[Length++] = (byte)value;
    }

    /// <summary>Writes a text of less than 128 bytes.</summary>
    public void Text(byte tag, string text)
    {
        _to[Length++] = tag;
        var bytes = Encoding.UTF8.GetBytes(text, _to[(Length + 1)..]);
        _to[Length++] = (byte)bytes;
        Length += bytes;
    }
}
