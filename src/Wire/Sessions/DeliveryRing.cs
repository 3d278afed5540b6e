using System.Buffers;

namespace Wire.Sessions;

/// <summary>
/// The encoded messages of followed sessions while they wait behind the gate: pooled blocks, written at one end and released
/// at the other in the same order. Belongs to one worker; the budget is shared.
/// </summary>
internal sealed class DeliveryRing(RingBudget budget)
{
    private const int BlockBytes = 256 * 1024;

    private readonly Queue<Block> _blocks = new();
    private Block? _last;

    /// <summary>Room for <paramref name="size"/> bytes in one piece; empty where the budget is used up.</summary>
    public Span<byte> Reserve(int size)
    {
        if (_last is null || _last.Bytes.Length - _last.Written < size)
        {
            if (_last is { Written: 0 })
                Drop(_last); // kept though empty: it would stay in front of the piece that comes now
            var bytes = Math.Max(size, BlockBytes);
            if (!budget.TryTake(bytes))
                return default;
            _last = new Block(ArrayPool<byte>.Shared.Rent(bytes), bytes);
            _blocks.Enqueue(_last);
        }
        return _last.Bytes.AsSpan(_last.Written);
    }

    /// <summary>Keeps the first <paramref name="size"/> bytes of what was reserved.</summary>
    public void Commit(int size) => _last!.Written += size;

    /// <summary>The oldest piece, of the size with which it was committed.</summary>
    public ReadOnlySpan<byte> Peek(int size)
    {
        var first = _blocks.Peek();
        return first.Bytes.AsSpan(first.Released, size);
    }

    /// <summary>Lets go of the oldest piece.</summary>
    public void Release(int size)
    {
        var first = _blocks.Peek();
        first.Released += size;
        if (first.Released < first.Written)
            return;
        if (first == _last)
        {
            // The last block is kept and begins anew: a steady stream of messages rents nothing.
            first.Released = first.Written = 0;
            if (first.Charged <= BlockBytes)
                return;
        }
        Drop(first);
    }

    // The oldest block, which is empty.
    private void Drop(Block first)
    {
        _blocks.Dequeue();
        if (first == _last)
            _last = null;
        ArrayPool<byte>.Shared.Return(first.Bytes);
        budget.Give(first.Charged);
    }

    private sealed class Block(byte[] bytes, int charged)
    {
        public readonly byte[] Bytes = bytes;
        public readonly int Charged = charged;
        public int Written;
        public int Released;
    }
}
