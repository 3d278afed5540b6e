using System.Buffers;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Benchmarks.Surroundings;

/// <summary>Takes everything and keeps a count; and the bytes themselves, while it is asked to.</summary>
internal sealed class CountingOutbox : IOutbox
{
    private long _bytes;
    private long _flushes;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The flushes that found something to send.</summary>
    public long Flushes => Volatile.Read(ref _flushes);

    public bool IsClosed => false;
    public int MessageMark => 128 * 1024;

    /// <summary>Gets what is written from now on; null: nothing does.</summary>
    public ArrayBufferWriter<byte>? Copy { get; set; }

    // One writer at a time: the worker, or the connection's pump.
    public void Write(ReadOnlySpan<byte> frames)
    {
        Copy?.Write(frames);
        Volatile.Write(ref _bytes, _bytes + frames.Length);
    }

    public bool TryWrite(ReadOnlySpan<byte> frames)
    {
        Write(frames);
        return true;
    }

    public void Flush() => Volatile.Write(ref _flushes, _flushes + 1);

    public void Abort(Error error) => throw new InvalidOperationException(error.Detail);
}
