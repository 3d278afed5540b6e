using Wire.Log;

namespace Wire.Benchmarks;

/// <summary>A log that seals records and forgets them: what is left is the engine's own cost.</summary>
internal sealed class DiscardingLog : IMessageLog
{
    private ulong _sequence;

    public bool CanPromiseDisk => true;
    public int MaxRecordBytes => 4 << 20;
    public long LastMessageId => 0;
    public long DurableAddress { get; private set; } = 64;
    public long IndexedAddress => DurableAddress;
    public long BeginAddress => 64;
    public LogHealth Health => LogHealth.Healthy;

    public ValueTask OpenAsync(Action onProgress, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public AppendStatus Append(Span<byte> record, out long address, out long end)
    {
        address = DurableAddress;
        RecordHeader.Seal(record, 0, 1, ++_sequence, address);
        DurableAddress = end = address + record.Length;
        return AppendStatus.Appended;
    }

    public void Flush()
    {
    }

    public ILogReader OpenReader() => throw new NotSupportedException();

    public bool TryFind(ReadOnlySpan<byte> sessionId, int attempt, out long address)
    {
        address = 0;
        return false;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
