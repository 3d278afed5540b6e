using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Benchmarks;

/// <summary>Takes everything and keeps a count.</summary>
internal sealed class CountingOutbox : IOutbox
{
    public long Bytes { get; private set; }
    public bool IsClosed => false;
    public int MessageMark => 128 * 1024;

    public void Write(ReadOnlySpan<byte> frames) => Bytes += frames.Length;

    public bool TryWrite(ReadOnlySpan<byte> frames)
    {
        Bytes += frames.Length;
        return true;
    }

    public void Flush()
    {
    }

    public void Abort(Error error) => throw new InvalidOperationException(error.Detail);
}
