using Wire.Log;
using Wire.Storage.Compaction;
using Wire.Storage.Encryption;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Indexing;
using Wire.Storage.Segments;

namespace Wire.Storage.Recovery;

/// <summary>
/// Finds the end of the log by reading it, all of it or what came after the newest index snapshot: every record is intact, numbered one more than the one before, and of no lower
/// epoch. Where that ends, either the log does, or it is damaged. A whole record behind that place that was written when the
/// place was already on stable storage proves damage, and so does the commit slot: then the log is refused. Otherwise what
/// follows is what a crash left of the last flushes, and it is cut away, so that it can never be taken for records again.
/// </summary>
/// <param name="files">The files.</param>
/// <param name="coldFiles">Opens cold files.</param>
/// <param name="folder">That of the segments.</param>
/// <param name="snapshots">That of the index snapshots.</param>
/// <param name="identity">The data folder's.</param>
/// <param name="keys">That of the data folder.</param>
/// <param name="slot">The newest commit slot, or null.</param>
/// <param name="storedEpoch">The epoch of the last process, or null.</param>
/// <param name="handler">The producer that answers visitors, or null.</param>
/// <param name="rejected">Called with each snapshot that cannot be used, and why.</param>
internal sealed class LogRecovery(IFileLayer files, ColdFileLayer coldFiles, string folder, string snapshots, FolderIdentity identity, FolderKeys keys,
    CommitSlot? slot, uint? storedEpoch, byte[]? handler, Action<string, string> rejected)
{
    // Large enough to make a task worth it, small enough that the window below stays in the cache's reach.
    const int RangeBytes = 8 << 20;

    /// <summary>What may have been written but not synced when a process ended; page buffers were never larger.</summary>
    const long UnsyncedBytes = 1L << 30;

    public OpeningSteps Steps { get; init; } = OpeningSteps.Proper;

    readonly int _pageBytes = identity.PageBytes;

    /// <exception cref="LogException">The log is damaged, or of a newer format.</exception>
    public RecoveredLog Run(long firstAddress, CancellationToken cancellationToken)
    {
        var segments = SegmentFolder.Open(files, coldFiles, folder, identity, slot, out var left);
        try
        {
            var log = new RecoveredLog(ReadSnapshot(segments) ?? new LogIndex(identity.HashSeed, handler), segments);
            log.BeginAddress = segments.Count == 0
                ? Math.Max(firstAddress, PageFraming.FirstAddress)
                : Math.Max(segments[0].StartAddress, PageFraming.FirstAddress);
            log.EndAddress = log.ScannedFrom = Math.Max(log.BeginAddress, log.Index.End);
            Scan(log, cancellationToken);
            if (!EndIsKnown(log))
            {
                ThrowIfDamaged(log, cancellationToken);
                Cut(log);
            }
            foreach (var path in left)
                files.Delete(path);
            return log;
        }
        catch
        {
            foreach (var segment in segments)
                segment.Unpin();
            throw;
        }
    }

    LogIndex? ReadSnapshot(List<SegmentFile> segments)
    {
        var index = SnapshotFile.Read(files, snapshots, identity.Id, identity.HashSeed, handler, header => Misfit(header, segments), rejected);
        if (index is not null && segments.Count > 0)
        {
            index.Sessions.RemoveBelow(segments[0].StartAddress);
            index.RemoveUnansweredBelow(segments[0].StartAddress);
        }
        return index;
    }

    // Null where the log has the last record that the snapshot took up, in its place: then it has all before it as well, because
    // what is in a snapshot was on stable storage.
    string? Misfit(SnapshotHeader header, List<SegmentFile> segments)
    {
        if (segments.Find(s => header.LastAddress >= s.StartAddress && header.LastAddress < s.Limit) is not { } segment)
            return "the log does not have the last record that is in it";
        var page = header.LastAddress & -(long)_pageBytes;
        using var pages = new SegmentPages(segment, _pageBytes, page + _pageBytes);
        return PageFraming.TryGetRecord(pages.Page(page)[(int)(header.LastAddress - page)..], out var record)
            && new RecordHeader(record) is { IsIntact: true } found
            && found.LogSequence == header.LastSequence && found.Epoch == header.LastEpoch
            && header.LastAddress + PageFraming.EntryBytes(record.Length) == header.Position
            ? null
            : "the log has another record in the place of the last one that is in it";
    }

    void Scan(RecoveredLog log, CancellationToken cancellationToken)
    {
        var rangeBytes = Math.Max(_pageBytes, RangeBytes);
        var waiting = new Queue<(Task Task, PageRangeScan Scan, SegmentFile? Done)>();
        var free = new Stack<PageRangeScan>();
        var window = Math.Clamp(Environment.ProcessorCount, 1, 8) + 1;
        // The file in which the last record known ends; it may do so exactly where the file does.
        var segment = Math.Max(0, log.Segments.FindIndex(s => log.EndAddress <= s.Limit));
        var offset = log.Segments.Count == 0 ? 0 : Math.Max(0, log.EndAddress - log.Segments[segment].StartAddress);
        if (log.Index.LastSequence == 0)
            offset = 0;
        try
        {
            while (true)
            {
                while (waiting.Count < window && segment < log.Segments.Count)
                {
                    var file = log.Segments[segment];
                    var length = file.Limit - file.StartAddress;
                    var from = offset;
                    var until = Math.Min((from & -(long)_pageBytes) + rangeBytes, length);
                    var scan = free.TryPop(out var used) ? used : new PageRangeScan();
                    offset = until;
                    waiting.Enqueue((Task.Run(() => ScanRange(scan, file, from, until, log.Index), CancellationToken.None), scan,
                        offset == length ? file : null));
                    if (offset == length)
                        (segment, offset) = (segment + 1, 0);
                }
                if (!waiting.TryPeek(out var next))
                    return;
                next.Task.GetAwaiter().GetResult();
                waiting.Dequeue();
                cancellationToken.ThrowIfCancellationRequested();
                if (!Join(log, next.Scan))
                    return;
                next.Done?.Rest();
                free.Push(next.Scan);
            }
        }
        finally
        {
            foreach (var (task, _, _) in waiting)
                ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        }
    }

    void ScanRange(PageRangeScan scan, SegmentFile file, long from, long until, LogIndex index)
    {
        using var pages = new SegmentPages(file, _pageBytes, file.StartAddress + until);
        var opener = keys.Rent();
        scan.Run(pages, file.StartAddress + from, file.StartAddress + until, _pageBytes, opener, index);
        keys.Return(opener);
    }

    // Adds a range to what precedes it; false where the log ends or breaks off.
    bool Join(RecoveredLog log, PageRangeScan scan)
    {
        if (scan.IsEmpty && scan.Unopened is null)
            return scan.ReachedEnd;
        var index = log.Index;
        var follows = index.LastSequence == 0
            ? log.BeginAddress == PageFraming.FirstAddress
                ? scan.FirstSequence == 1 && (scan.FirstAddress == log.BeginAddress || scan.FirstAddress == _pageBytes)
                : scan.FirstAddress == log.BeginAddress
            : scan.FirstSequence == index.LastSequence + 1 && scan.FirstEpoch >= index.LastEpoch;
        if (!follows)
            return false;

        foreach (ref readonly var record in scan.Records)
            index.Take(record, scan.LastEpoch);
        if (scan.Unopened is { } unopened)
            throw Unopened(log, unopened.Address, unopened.KeyId);
        if (index.LastSequence > 0)
            log.EndAddress = index.End;
        return scan.ReachedEnd;
    }

    // Never a reason to cut: a record that a crash has torn has no CRC that holds.
    LogException Unopened(RecoveredLog log, long address, uint keyId)
    {
        var segment = log.Segments.First(s => address >= s.StartAddress && address < s.Limit);
        return new LogException($"The record at {segment.Path}, offset {segment.OffsetOf(address)}, address {address:x16} {keys.WhyNot(keyId)}. Nothing was changed.");
    }

    // After an orderly close nothing lies behind the end, and nothing needs to be looked for.
    bool EndIsKnown(RecoveredLog log) =>
        slot is { OrderlyClose: true } closed && closed.UntilAddress == log.EndAddress && closed.Epoch == storedEpoch
        && (log.Live is null || log.Live.StartAddress <= log.EndAddress);

    void ThrowIfDamaged(RecoveredLog log, CancellationToken cancellationToken)
    {
        var at = Suspect(log, out var newerVersion);
        if (newerVersion is { } version)
            throw new LogException($"The log has a record of format {version} at {at}; this version of Wire reads up to {RecordHeader.CurrentVersion}. Use a newer version of Wire.");
        if (slot is { } known && known.UntilAddress > log.EndAddress)
            throw Damaged(at, $"the log was on stable storage until address {known.UntilAddress:x16} (file {CommitSlots.FileName})");

        if (log.Segments.FindLast(s => s.IsCold) is { } cold && cold.EndAddress > log.EndAddress)
            throw Damaged(at, $"the log was on stable storage until address {cold.EndAddress:x16} when {cold.Path} was compacted");

        var search = new LaterRecordSearch(log, _pageBytes, storedEpoch);
        foreach (var segment in log.Segments)
        {
            if (segment.Limit <= log.EndAddress)
                continue;
            if (Steps.FindProof(search, segment, cancellationToken) is { } proof)
                throw Damaged(at, $"the record at address {proof:x16} in {segment.Path} (offset {segment.OffsetOf(proof)}) was written when this place was on stable storage");
        }

        LogException Damaged(string place, string proof) => new(
            $"The log is damaged at {place}: no whole record is there, although {proof}. "
            + "Nothing was changed. Restore the file from a copy, or move the data folder away to start with an empty log.");
    }

    // The place of the record that the scan could not take: behind the last one, or at the head of the next page where the
    // rest of this one is unused. Where the record is whole, but of a version that only a newer Wire can read, that version.
    string Suspect(RecoveredLog log, out int? newerVersion)
    {
        newerVersion = null;
        var place = "";
        var pageMask = _pageBytes - 1L;
        foreach (var address in (ReadOnlySpan<long>)[log.EndAddress, (log.EndAddress | pageMask) + 1])
        {
            if (log.Segments.Find(s => address >= s.StartAddress && address < s.Limit) is not { } segment)
                return place.Length > 0 ? place : $"address {address:x16}, which is in no file";
            using var pages = new SegmentPages(segment, _pageBytes, address + 1);
            var rest = pages.Page(address & ~pageMask)[(int)(address & pageMask)..];
            var isUnused = PageFraming.IsUnused(rest);
            if (place.Length == 0 || !isUnused)
                place = $"{segment.Path}, offset {segment.OffsetOf(address)}, address {address:x16}";
            if (PageFraming.TryGetRecord(rest, out var record) && RecordHeader.IsNewer(record))
                newerVersion = new RecordHeader(record).Version;
            if (!isUnused || (address & pageMask) == 0)
                return place;
        }
        return place;
    }

    void Cut(RecoveredLog log)
    {
        var end = log.EndAddress;
        while (log.Live is { } last && last.StartAddress > end)
        {
            log.Segments.RemoveAt(log.Segments.Count - 1);
            last.Unpin();
            files.Delete(last.Path);
            // Before the one below it goes: a power cut that kept only that would leave a gap, which no start accepts.
            files.SyncFolder(folder);
        }
        if (log.Live is { } live)
        {
            live.Unseal();
            log.BytesCut += ZeroFrom(live, Math.Max(end, live.StartAddress));
        }
        // What was read, and the names of the files, may not be on stable storage yet: after kill -9 it is the system's memory
        // that was read.
        foreach (var segment in log.Segments)
        {
            if (segment.Limit >= end - UnsyncedBytes)
                segment.File.Sync();
            segment.Rest();
        }
        files.SyncFolder(folder);
    }

    // Overwrites what is not zero already, so that space that was written ahead stays as it is.
    long ZeroFrom(SegmentFile segment, long address)
    {
        using var pages = new SegmentPages(segment, _pageBytes, segment.Limit);
        var zeros = new byte[_pageBytes];
        var cut = 0L;
        for (var at = pages.NextWritten(address); at < segment.Limit; at = pages.NextWritten((at | (_pageBytes - 1L)) + 1))
        {
            var page = pages.Page(at & -(long)_pageBytes);
            var start = (int)(at & (_pageBytes - 1));
            var first = page[start..].IndexOfAnyExcept((byte)0);
            if (first < 0)
                continue;
            var length = page[start..].LastIndexOfAnyExcept((byte)0) + 1 - first;
            segment.File.WriteAll(zeros.AsSpan(0, length), segment.OffsetOf(at) + first);
            cut += length;
        }
        return cut;
    }
}
