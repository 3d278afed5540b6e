using Microsoft.Extensions.Logging.Abstractions;
using Wire.Log;

namespace Wire.Storage.Inspection;

/// <summary>A new log that records are copied into, through the log's own appends. For one thread.</summary>
internal sealed class CopiedLog : IAsyncDisposable
{
    readonly FasterMessageLog _log;
    readonly SemaphoreSlim _progress = new(0);
    long _end;

    CopiedLog(StorageOptions options) => _log = new FasterMessageLog(options, TimeProvider.System, NullLogger<FasterMessageLog>.Instance);

    /// <summary>Bytes that the files of the new log have at most.</summary>
    const long SegmentBytes = 200_000_000;

    /// <param name="path">A folder that does not exist.</param>
    /// <param name="source">Whose pages, node and keys the new log has.</param>
    /// <param name="keyFile">What it is encrypted with; null: it is not.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    public static async Task<CopiedLog> CreateAsync(string path, InspectedFolder source, string? keyFile, CancellationToken cancellationToken)
    {
        var page = source.Identity.PageBytes;
        var log = new CopiedLog(new StorageOptions
        {
            Path = path,
            PageBytes = page,
            SegmentBytes = Math.Max(SegmentBytes, page + 4096L),
            MemoryBytes = Math.Max(64L << 20, 4L * page),
            ReserveBytes = Math.Max(64L << 20, page),
            MaxFrameBytes = Math.Min(1 << 20, Math.Max(1, page - 4096)),
            NodeId = source.Files.LastOrDefault(file => file.Header is not null)?.Header?.NodeId ?? source.Identity.NodeId,
            KeyFile = keyFile,
        });
        await log._log.OpenAsync(log.OnProgress, cancellationToken).ConfigureAwait(false);
        return log;
    }

    /// <summary>Appends a record, waiting for room; its address.</summary>
    /// <exception cref="LogException">The new log takes nothing more.</exception>
    public long Append(Span<byte> record, CancellationToken cancellationToken)
    {
        if (record.Length > _log.MaxRecordBytes)
            throw new LogException($"A record of {record.Length} bytes does not fit the new log, whose records have at most {_log.MaxRecordBytes}.");
        while (true)
        {
            switch (_log.Append(record, out var address, out var end))
            {
                case AppendStatus.Appended:
                    _end = end;
                    return address;
                case AppendStatus.Unavailable:
                    throw new LogException($"The new log takes nothing more: it is {_log.Health}. Make room on its disk, and begin anew.");
            }
            _log.Flush();
            _progress.Wait(cancellationToken);
        }
    }

    /// <summary>Returns once all is on stable storage.</summary>
    /// <exception cref="LogException">It cannot be brought there.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        while (_log.DurableAddress < _end)
        {
            _log.Flush();
            if (_log.Health == LogHealth.Failed)
                throw new LogException("The new log could not be written.");
            if (_log.DurableAddress < _end)
                await _progress.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync() => await _log.DisposeAsync().ConfigureAwait(false);

    void OnProgress() => _progress.Release();
}
