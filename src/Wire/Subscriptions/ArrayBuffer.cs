using System.Buffers;

namespace Wire.Subscriptions;

/// <summary>A pooled array that grows as it is written; a struct with one owner, passed by reference only.</summary>
internal ref struct ArrayBuffer
{
    private const int FirstBytes = 16 * 1024;
    private byte[] _bytes;

    /// <summary>A buffer whose first <paramref name="reserved"/> bytes are left for later.</summary>
    public ArrayBuffer(int reserved)
    {
        _bytes = ArrayPool<byte>.Shared.Rent(FirstBytes);
        Length = reserved;
    }

    public int Length { get; private set; }

    public Span<byte> Reserve(int size)
    {
        if (_bytes.Length - Length < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Length + size));
            _bytes.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
        return _bytes.AsSpan(Length);
    }

    public void Advance(int size) => Length += size;

    /// <summary>Hands the array over: the caller returns it to the pool.</summary>
    public byte[] Detach()
    {
        var bytes = _bytes;
        _bytes = [];
        return bytes;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(Detach());
}
