using Microsoft.Extensions.Logging;
using Wire.Log;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Compaction;

/// <summary>
/// Turns segments that have been closed for long enough into cold files, the oldest first, on one thread and with a bounded share
/// of it. The steps: the cold file is written under a temporary name, and what it gives back is compared with the segment; it is
/// synced; renamed; the folder is synced; readers that come from then on get it; the segment's file is deleted when its last
/// reader has gone. A crash between any two of them leaves the segment's file, or a cold file that is whole, or both; where both
/// are there, the next start takes the cold one and deletes the other.
/// </summary>
/// <param name="files">The files.</param>
/// <param name="coldFiles">Opens cold files.</param>
/// <param name="writer">Writes them.</param>
/// <param name="identity">The folder's.</param>
/// <param name="catalog">The log's files.</param>
/// <param name="gate">The log's append lock, under which the catalog is changed.</param>
/// <param name="options">The log's.</param>
/// <param name="now">Nanoseconds since 1970.</param>
/// <param name="durable">The log's durable address.</param>
/// <param name="logger">The log of the log.</param>
internal sealed class SegmentCompactor(IFileLayer files, ColdFileLayer coldFiles, ColdFileWriter writer, FolderIdentity identity, SegmentCatalog catalog, Lock gate,
    StorageOptions options, Func<long> now, Func<long> durable, ILogger logger)
{
    public const string TemporarySuffix = ".tmp";

    // What cannot be made cold is left as it is for as long as the process lives.
    readonly HashSet<long> _given = [];
    long _retryAt = long.MinValue;

    /// <summary>The encryption of new cold files: the number of a key, or 0 for none but where a segment has encrypted records.</summary>
    public uint KeyId { get; init; }

    /// <summary>Removes what a crash may have left beside the log's files, once these are known to be whole.</summary>
    public static void RemoveLeftOvers(IFileLayer files, string folder)
    {
        var paths = files.List(folder);
        var twins = paths.Where(path => path.EndsWith(SegmentFile.Suffix, StringComparison.Ordinal) && files.Exists(SegmentFolder.ColdTwin(path))).ToList();
        // The name of the cold file may be in the system's memory only, after kill -9.
        if (twins.Count > 0)
            files.SyncFolder(folder);
        foreach (var path in twins.Concat(paths.Where(path => path.EndsWith(ColdHeader.Suffix + TemporarySuffix, StringComparison.Ordinal))))
            files.Delete(path);
    }

    /// <summary>Compacts the oldest segment that is due. False where there is none, or it failed.</summary>
    public bool CompactNext()
    {
        if (options.CompactAfter is not { } age || now() < _retryAt || Due(age) is not { } segment)
            return false;
        var final = Path.Combine(Path.GetDirectoryName(segment.Path)!, ColdHeader.NameFor(segment.StartAddress));
        var temporary = final + TemporarySuffix;
        try
        {
            var before = segment.Limit - segment.StartAddress;
            if (options.MinFreeBytes > 0 && files.FreeBytes(segment.Path) - before < options.MinFreeBytes)
                throw new DiskFullException($"Less than MinFreeBytes ({options.MinFreeBytes}) could be left free.");
            var result = writer.Write(segment, temporary, KeyId);
            if (result == ColdFileWriter.Result.NeedsKey)
                result = writer.Write(segment, temporary, writer.FoundKeyId);
            if (result != ColdFileWriter.Result.Written)
            {
                _given.Add(segment.StartAddress);
                files.Delete(temporary);
                StorageLog.NotCompacted(logger, segment.Path, segment.OffsetOf(writer.FoundAt), writer.FoundAt);
                return true;
            }
            bool isReplaced;
            lock (catalog.Changing)
            {
                isReplaced = catalog.Has(segment) && TryReplace(segment, temporary, final);
            }
            if (isReplaced)
                StorageLog.Compacted(logger, final, before, writer.Bytes);
            else
                DeleteIfThere(temporary);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException or LogException)
        {
            // Nothing is lost by it: the segment is as it was, and is what is read.
            DeleteIfThere(temporary);
            DeleteIfThere(final);
            _retryAt = now() + RetryAfter;
            StorageLog.CompactionFailed(logger, segment.Path, e.Message);
            return false;
        }
        catch (OperationCanceledException)
        {
            DeleteIfThere(temporary);
            return false;
        }
    }

    const long RetryAfter = 60_000_000_000;

    SegmentFile? Due(TimeSpan age)
    {
        var segments = catalog.Segments;
        for (var i = 0; i + 1 < segments.Length; i++)
        {
            var (segment, next) = (segments[i], segments[i + 1]);
            if (segment.IsCold || _given.Contains(segment.StartAddress))
                continue;
            // The next file has its name and something in it on stable storage: all of this one is, and it is done with.
            var isDone = segment.IsSettled && next.IsEstablished && durable() > next.StartAddress;
            return isDone && now() - next.BegunAt >= age.Ticks * TimeSpan.NanosecondsPerTick ? segment : null;
        }
        return null;
    }

    bool TryReplace(SegmentFile segment, string temporary, string final)
    {
        files.Rename(temporary, final);
        files.SyncFolder(Path.GetDirectoryName(final)!);
        var cold = SegmentFolder.OpenCold(coldFiles, final, identity);
        bool isReplaced;
        lock (gate)
        {
            isReplaced = catalog.TryReplace(segment, cold);
        }
        var gone = isReplaced ? segment : cold;
        gone.Released = released => DeleteIfThere(released.Path);
        gone.Unpin();
        return isReplaced;
    }

    void DeleteIfThere(string path)
    {
        try
        {
            if (files.Exists(path))
                files.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start does it.
        }
    }
}
