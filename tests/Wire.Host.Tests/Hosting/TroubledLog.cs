using Wire.Log;

namespace Wire.Host.Tests.Hosting;

/// <summary>A log in memory that says of itself what the test wants.</summary>
internal sealed class TroubledLog : IMessageLog
{
    private readonly InMemoryMessageLog _log = new();
    private volatile LogHealth _health;

    public LogException? OpensWith { get; init; }

    public LogHealth Health
    {
        get => _health;
        set => _health = value;
    }

    public bool CanPromiseDisk => _log.CanPromiseDisk;
    public int MaxRecordBytes => _log.MaxRecordBytes;
    public long LastMessageId => _log.LastMessageId;
    public long DurableAddress => _log.DurableAddress;
    public long BeginAddress => _log.BeginAddress;

    public ValueTask OpenAsync(Action onProgress, CancellationToken cancellationToken)
        => OpensWith is null ? _log.OpenAsync(onProgress, cancellationToken) : throw OpensWith;

    public AppendStatus Append(Span<byte> record, out long address, out long end) => _log.Append(record, out address, out end);
    public void Flush() => _log.Flush();
    public ILogReader OpenReader() => _log.OpenReader();
    public bool TryFind(ReadOnlySpan<byte> sessionId, int attempt, out long address) => _log.TryFind(sessionId, attempt, out address);
    public long IndexedAddress => _log.IndexedAddress;
    public ValueTask DisposeAsync() => _log.DisposeAsync();
}
