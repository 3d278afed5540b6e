using System.Buffers;
using System.Runtime.InteropServices;

namespace Wire.Tests.Framing;

/// <summary>Sequences of bytes cut into segments, each an array of its own that begins at an odd offset.</summary>
internal static class Segments
{
    private const int Margin = 3;

    public static ReadOnlySequence<byte> Of(params ReadOnlySpan<byte[]> pieces)
    {
        if (pieces.Length == 0)
            return ReadOnlySequence<byte>.Empty;

        var first = new Segment(InsideArray(pieces[0]), 0);
        var last = first;
        foreach (var piece in pieces[1..])
            last = last.Append(InsideArray(piece));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>The bytes in two segments, cut at <paramref name="at"/>.</summary>
    public static ReadOnlySequence<byte> CutAt(byte[] bytes, int at) => Of(bytes[..at], bytes[at..]);

    /// <summary>The bytes in segments of <paramref name="size"/> bytes.</summary>
    public static ReadOnlySequence<byte> OfSize(byte[] bytes, int size) => Of(bytes.Chunk(size).ToArray());

    /// <summary>The bytes in memory that is no array, in segments of <paramref name="size"/> bytes.</summary>
    public static ReadOnlySequence<byte> WithoutArrays(byte[] bytes, int size)
    {
        Segment? first = null;
        Segment? last = null;
        foreach (var piece in bytes.Chunk(size))
        {
            var memory = new ArraylessMemory(piece).Memory;
            last = last?.Append(memory) ?? (first = new Segment(memory, 0));
        }
        return first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    private static ReadOnlyMemory<byte> InsideArray(byte[] piece)
    {
        var array = new byte[piece.Length + (2 * Margin)];
        array.AsSpan().Fill(0xEE);
        piece.CopyTo(array, Margin);
        return array.AsMemory(Margin, piece.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    private sealed class ArraylessMemory(byte[] bytes) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => bytes;

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }

        protected override bool TryGetArray(out ArraySegment<byte> segment)
        {
            segment = default;
            return false;
        }
    }
}
