using Wire.Log;

namespace Wire.Benchmarks.Surroundings;

/// <summary>A log that seals records and forgets them: what is left is the engine's own cost.</summary>
/// <param name="lag">Records that are not on stable storage yet, always the newest: what waits behind the gate.</param>
internal sealed class DiscardingLog(int lag = 0) : IMessageLog
{
    private const long FirstAddress = 64;

    private readonly long[] _ends = new long[lag + 1];
    private ulong _sequence;
    private long _tail = FirstAddress;
    private long _durable = FirstAddress;

    public bool CanPromiseDisk => true;
    public int MaxRecordBytes => 4 << 20;
    public long LastMessageId => 0;
    public long DurableAddress => Volatile.Read(ref _durable);
    public long IndexedAddress => DurableAddress;
    public long BeginAddress => FirstAddress;
    public LogHealth Health => LogHealth.Healthy;

    public ValueTask OpenAsync(Action onProgress, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public AppendStatus Append(Span<byte> record, out long address, out long end)
    {
        address = _tail;
        RecordHeader.Seal(record, 0, 1, ++_sequence, DurableAddress);
        _tail = end = address + record.Length;
        _ends[_sequence % (ulong)_ends.Length] = end;
        Volatile.Write(ref _durable, Math.Max(_durable, _ends[(_sequence + 1) % (ulong)_ends.Length]));
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
