using System.Buffers;

namespace Wire.Framing;

/// <summary>
/// The memory of a connection for frames that do not lie in one array: those that cross a border between segments of the pipe.
/// What was rented stays as it is until <see cref="Reset"/>, which gives all back to the shared pool.
/// </summary>
/// <remarks>
/// Belongs to one read loop, and to one thread at a time. It holds nothing between batches, and during one a small multiple
/// of the bytes that were copied.
/// </remarks>
internal sealed class FrameScratch
{
    private const int FirstBlockBytes = 1024;
    private const int LargestBlockBytes = 64 * 1024;

    // Every connection with a read in hand holds a first block, more than the shared pool keeps.
    private static readonly ArrayPool<byte> FirstBlocks = ArrayPool<byte>.Create(FirstBlockBytes, 4096);

    private readonly List<byte[]> _full = new(0);
    private byte[]? _block;
    private int _used;

    /// <summary>Gives <paramref name="size"/> bytes, from <paramref name="offset"/> on, of the returned array.</summary>
    public byte[] Rent(int size, out int offset)
    {
        var block = _block;
        if (block is null || size > block.Length - _used)
            block = NextBlock(size);

        offset = _used;
        _used += size;
        return block;
    }

    /// <summary>Gives every array back; whatever was rented before is dead.</summary>
    public void Reset()
    {
        if (_block is null)
            return;

        Return(_block);
        _block = null;
        _used = 0;
        foreach (var block in _full)
            Return(block);
        _full.Clear();
    }

    private byte[] NextBlock(int size)
    {
        var next = FirstBlockBytes;
        if (_block is not null)
        {
            next = Math.Min(_block.Length * 2, LargestBlockBytes);
            _full.Add(_block);
        }
        _used = 0;
        next = Math.Max(size, next);
        return _block = next == FirstBlockBytes ? FirstBlocks.Rent(next) : ArrayPool<byte>.Shared.Rent(next);
    }

    private static void Return(byte[] block) => (block.Length == FirstBlockBytes ? FirstBlocks : ArrayPool<byte>.Shared).Return(block);
}
