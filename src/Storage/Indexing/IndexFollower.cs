using Microsoft.Extensions.Logging;
using Wire.Storage.Files;

namespace Wire.Storage.Indexing;

/// <summary>
/// Brings what is on stable storage into the index, and writes a snapshot of it when the log has gone on far enough. All of it on
/// one thread, the log's "wire-log-index".
/// </summary>
internal sealed class IndexFollower(LogIndex index, IndexQueue queue, IFileLayer files, string folder, Guid folderId, uint epoch,
    StorageOptions options, ILogger logger)
{
    // A restart after an orderly close reads what came since: not worth a snapshot below this.
    const long MinBytesAtClose = 4 << 20;

    // A snapshot costs its size in writes; so it costs at most a quarter of what the log does.
    const int LogPerSnapshot = 4;

    long _indexed = index.End;
    long _snapshotAt = -1;

    /// <summary>Records that begin below it are in the index. Any thread.</summary>
    public long IndexedAddress => Volatile.Read(ref _indexed);

    /// <summary>The place of the newest snapshot; below 0 where there is none.</summary>
    public long SnapshotAt
    {
        get => _snapshotAt;
        init => _snapshotAt = value;
    }

    /// <summary>Takes up what is on stable storage; true where there was anything.</summary>
    public bool Take(long durable)
    {
        if (!queue.TryTake(durable, out var record))
            return false;
        do
            index.Take(record, epoch);
        while (queue.TryTake(durable, out record));
        Volatile.Write(ref _indexed, index.End);
        return true;
    }

    /// <summary>Writes a snapshot where it is due.</summary>
    public void WriteSnapshot(bool closing)
    {
        var since = index.End - Math.Max(_snapshotAt, 0);
        var bytes = index.Sessions.Count * SnapshotFile.EntryBytes;
        var least = closing
            ? Math.Max(Math.Min(MinBytesAtClose, options.SnapshotLogBytes), bytes)
            : Math.Max(options.SnapshotLogBytes, LogPerSnapshot * bytes);
        if (index.End == _snapshotAt || index.LastSequence == 0 || since < least)
            return;
        // Also where it fails: it is tried again when the log has gone on as far again.
        _snapshotAt = index.End;
        try
        {
            if (options.MinFreeBytes > 0 && files.FreeBytes(folder) - bytes < options.MinFreeBytes)
                throw new DiskFullException($"Less than MinFreeBytes ({options.MinFreeBytes}) would be left free on the disk of {folder}.");
            bytes = SnapshotFile.Write(files, folder, folderId, index);
            StorageLog.SnapshotWritten(logger, index.End, index.Sessions.Count, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            StorageLog.SnapshotFailed(logger, e.Message);
        }
    }
}
