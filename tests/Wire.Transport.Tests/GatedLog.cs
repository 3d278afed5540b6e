using Wire.Log;

namespace Wire.Transport.Tests;

/// <summary>A log in memory in which nothing is on stable storage until the test opens the gate.</summary>
internal sealed class GatedLog : IMessageLog
{
    private readonly InMemoryMessageLog _log = new();
    private readonly TaskCompletionSource _appended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action _onProgress = () => { };
    private long _durable;
    private volatile bool _isOpen;

    /// <summary>Completes with the first append.</summary>
    public Task Appended => _appended.Task;

    public bool CanPromiseDisk => true;
    public int MaxRecordBytes => _log.MaxRecordBytes;
    public long LastMessageId => _log.LastMessageId;
    public long DurableAddress => _isOpen ? _log.DurableAddress : Volatile.Read(ref _durable);
    public long BeginAddress => _log.BeginAddress;
    public LogHealth Health => _log.Health;

    public void OpenGate()
    {
        _isOpen = true;
        _onProgress();
    }

    public ValueTask OpenAsync(Action onProgress, CancellationToken cancellationToken)
    {
        _onProgress = onProgress;
        Volatile.Write(ref _durable, _log.DurableAddress);
        return _log.OpenAsync(onProgress, cancellationToken);
    }

    public AppendStatus Append(Span<byte> record, out long address, out long end)
    {
        var status = _log.Append(record, out address, out end);
        _appended.TrySetResult();
        return status;
    }

    public void Flush() => _log.Flush();

    public ILogReader OpenReader() => _log.OpenReader();

    public bool TryFind(ReadOnlySpan<byte> sessionId, int attempt, out long address) => _log.TryFind(sessionId, attempt, out address);

    public long IndexedAddress => _log.IndexedAddress;

    public ValueTask DisposeAsync() => _log.DisposeAsync();
}
