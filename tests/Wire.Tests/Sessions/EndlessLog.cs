using Wire.Log;

namespace Wire.Tests.Sessions;

/// <summary>Takes everything and keeps nothing; what was appended is durable once it is flushed. Allocates nothing.</summary>
internal sealed class EndlessLog : IMessageLog
{
    private Action _onProgress = () => { };
    private long _tail = 64;
    private long _durable = 64;

    public bool CanPromiseDisk => true;
    public int MaxRecordBytes => 4 * 1024 * 1024;
    public long LastMessageId => 0;
    public long DurableAddress => Volatile.Read(ref _durable);
    public long IndexedAddress => DurableAddress;
    public long BeginAddress => 64;
    public LogHealth Health => LogHealth.Healthy;

    public ValueTask OpenAsync(Action onProgress, CancellationToken cancellationToken)
    {
        _onProgress = onProgress;
        return ValueTask.CompletedTask;
    }

    public AppendStatus Append(Span<byte> record, out long address, out long end)
    {
        end = Interlocked.Add(ref _tail, record.Length);
        address = end - record.Length;
        return AppendStatus.Appended;
    }

    public void Flush()
    {
        var tail = Volatile.Read(ref _tail);
        if (DurableAddress >= tail)
            return;
        Volatile.Write(ref _durable, tail);
        _onProgress();
    }

    public ILogReader OpenReader() => throw new NotSupportedException("nothing is kept");

    public bool TryFind(ReadOnlySpan<byte> sessionId, int attempt, out long address)
    {
        address = 0;
        return false;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
