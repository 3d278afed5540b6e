using System.Buffers;

namespace Wire.Subscriptions;

/// <summary>
/// A pooled array that is filled from its end on, and grows: for what is found newest first and sent oldest first. A struct with
/// one owner, passed by reference only.
/// </summary>
/// <param name="reserved">Bytes that stay free before what is written.</param>
internal struct BackwardBuffer(int reserved)
{
    private const int FirstBytes = 8 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _start = -1;

    /// <summary>Where what is written begins.</summary>
    public readonly int Start => _start < 0 ? _bytes.Length : _start;

    /// <summary>Bytes that are written.</summary>
    public readonly int Length => _start < 0 ? 0 : _bytes.Length - _start;

    /// <summary>The bytes in front of what is written, which the caller fills.</summary>
    public Span<byte> Prepend(int size)
    {
        var start = Start - size;
        if (start < reserved)
        {
            var length = Length;
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, reserved + length + size));
            _bytes.AsSpan(_bytes.Length - length).CopyTo(larger.AsSpan(larger.Length - length));
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
            start = larger.Length - length - size;
        }
        _start = start;
        return _bytes.AsSpan(start, size);
    }

    /// <summary>Hands the array over: the caller returns it to the pool.</summary>
    public byte[] Detach()
    {
        var bytes = _bytes;
        _bytes = [];
        return bytes;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(Detach());
}
