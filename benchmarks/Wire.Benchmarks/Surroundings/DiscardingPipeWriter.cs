using System.IO.Pipelines;

namespace Wire.Benchmarks.Surroundings;

/// <summary>A peer that has taken everything at once.</summary>
internal sealed class DiscardingPipeWriter : PipeWriter
{
    private byte[] _buffer = new byte[64 * 1024];
    private long _flushes;

    public long Bytes { get; private set; }

    public long Flushes => Volatile.Read(ref _flushes);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (sizeHint > _buffer.Length)
            _buffer = new byte[sizeHint];
        return _buffer;
    }

    public override void Advance(int bytes) => Bytes += bytes;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Volatile.Write(ref _flushes, _flushes + 1);
        return default;
    }

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }
}
