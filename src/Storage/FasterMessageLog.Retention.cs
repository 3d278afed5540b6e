using System.Collections.Concurrent;
using Wire.Log;
using Wire.Storage.Retention;
using Wire.Storage.Segments;

namespace Wire.Storage;

// Letting go of the oldest files.
public sealed partial class FasterMessageLog
{
    // Sessions that are asked for a checkpoint at a time: as many may be loaded at once.
    const int SessionsAtOnce = 256;

    // What cannot go now is looked at again after this.
    static readonly TimeSpan RetentionPause = TimeSpan.FromSeconds(10);

    readonly RetentionRule _retention;
    readonly ConcurrentQueue<SegmentFile> _retired = new();
    readonly ConcurrentQueue<SegmentFile> _released = new();
    readonly CancellationTokenSource _retentionStops = new();
    volatile TaskCompletionSource? _durableWaiter;
    ISessionOwner? _owner;
    LogThread? _retirer;
    long _retentionRests;

    /// <inheritdoc/>
    public void RetireWith(ISessionOwner owner)
    {
        if (!_retention.IsOn)
            return;
        _owner = owner;
        _retirer = new LogThread("wire-log-retention", _ => Retire(), Fail);
        _retirer.Start();
        _retirer.Wake();
    }

    /// <inheritdoc/>
    public bool Forget(ReadOnlySpan<byte> sessionId, long address) => _index.Sessions.Forget(_index.Sessions.HashOf(sessionId), address);

    // On the retention's thread: lets go of one file, true where there may be another one.
    bool Retire()
    {
        if (_failure is not null || _time.GetTimestamp() < Volatile.Read(ref _retentionRests))
            return false;
        var segments = _catalog.Segments;
        // Not while the last one that went may still make room.
        var hasNoRoom = _reserve.IsStarved && !_triesAgain && _retired.IsEmpty && _released.IsEmpty;
        if (!_retention.IsDue(segments, NowInNanoseconds(), !hasNoRoom))
            return false;
        var oldest = segments[0];
        // Whatever was still to be done with the file: it is durable, in the index, and rests.
        if (!oldest.IsSettled || IndexedAddress < oldest.EndAddress)
            return false;
        try
        {
            if (RetireAsync(oldest).GetAwaiter().GetResult())
                return true;
        }
        catch (ObjectDisposedException)
        {
            return true; // compacted at this moment, and so no file of the log any more: another one is in its place
        }
        catch (Exception e) when (e is LogException or IOException or UnauthorizedAccessException)
        {
            StorageLog.RetentionStopped(_logger, oldest.Path, e.Message);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        Volatile.Write(ref _retentionRests, _time.GetTimestamp() + (long)(RetentionPause.TotalSeconds * _time.TimestampFrequency));
        return false;
    }

    async Task<bool> RetireAsync(SegmentFile oldest)
    {
        var end = oldest.EndAddress;
        var silentSince = NowInNanoseconds() - _options.ForgetAfter.Ticks * TimeSpan.NanosecondsPerTick;
        // More than half of what goes would be written again otherwise, and the log would never become smaller; or more than is held
        // back for it, where files were larger once.
        var room = _options.RetainBytes is null ? long.MaxValue : Math.Min((end - oldest.StartAddress) / 2, _reserve.ForCheckpoints - _pageBytes);
        var survey = SegmentSurvey.Take(oldest, _pageBytes, OpenReader, _index.Sessions, silentSince, room, DurableAddress, _retentionStops.Token);
        if (survey.ForgottenForRoom > 0)
            StorageLog.ForgottenForRoom(_logger, survey.ForgottenForRoom, oldest.Path);

        // Opened before the file goes, so that it can be read to the end.
        using var reader = OpenReader();
        var durable = 0L;
        foreach (var needed in survey.Needs.Chunk(SessionsAtOnce))
        {
            var sessions = needed.Select(n => new RetiringSession(IdAt(reader, n.Address), n.MayBeForgotten ? n.Address : 0, n.BeganAgain)).ToList();
            if (await _owner!.CheckpointAsync(sessions, end, _retentionStops.Token).ConfigureAwait(false) is not { } until)
                throw new LogException("A session of it could not be given a checkpoint: its data is damaged, or there is no room for it.");
            durable = Math.Max(durable, until);
        }
        if (!await BecomesDurableAsync(durable).ConfigureAwait(false))
            return false;

        var readable = survey.Newest.Count == 0 || reader.Read(survey.Newest[0], out _) == LogReadStatus.Found;
        Volatile.Write(ref _begin, end);
        SegmentFile leaving;
        lock (_catalog.Changing)
        {
            // It may have been compacted meanwhile.
            lock (_gate)
            {
                leaving = _catalog.RemoveFirst();
            }
        }
        // The file goes, and is used again, once that it is gone is on stable storage and nobody reads it.
        leaving.Released = OnReleased;
        _retired.Enqueue(leaving);
        _keeper.Wake();
        foreach (var addresses in readable ? survey.Newest.Chunk(SessionsAtOnce) : [])
            await _owner!.OnRetiredAsync(RetiredAt(reader, addresses), _retentionStops.Token).ConfigureAwait(false);
        StorageLog.Retired(_logger, oldest.Path, end, survey.Newest.Count, survey.Needs.Count);
        return true;
    }

    static byte[] IdAt(ILogReader reader, long address) =>
        reader.Read(address, out var record) == LogReadStatus.Found
            ? new RecordHeader(record).SessionId.ToArray()
            : throw new LogException($"The record at address {address:x16} cannot be read any more.");

    // What cannot be read now, when the file has left already, is found out when the session is loaded the next time.
    static List<RetiredSession> RetiredAt(ILogReader reader, long[] addresses)
    {
        var sessions = new List<RetiredSession>(addresses.Length);
        foreach (var address in addresses)
        {
            if (reader.Read(address, out var record) == LogReadStatus.Found && new RecordHeader(record) is var header)
                sessions.Add(new RetiredSession(header.SessionId.ToArray(), header.LastSequence + 1));
        }
        return sessions;
    }

    async Task<bool> BecomesDurableAsync(long address)
    {
        while (DurableAddress < address)
        {
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _durableWaiter = waiter;
            Interlocked.MemoryBarrier(); // against OnRoundDone and Fail: either this sees what they did, or they see the waiter
            if (_failure is not null)
                return false;
            Flush();
            if (DurableAddress < address)
                await waiter.Task.WaitAsync(_retentionStops.Token).ConfigureAwait(false);
        }
        return true;
    }

    // On the keeper's thread.
    void LetGoOfRetired()
    {
        if (!_retired.IsEmpty)
        {
            _triesAgain = true;
            // What leaves the log while the slots are written is not in them yet.
            var count = _retired.Count;
            // Both blocks: whichever is found says that what lies below is gone, and not missing.
            if (!TryWriteSlot(orderlyClose: false) || !TryWriteSlot(orderlyClose: false, always: true))
                return;
            for (; count > 0 && _retired.TryDequeue(out var segment); count--)
                segment.Unpin();
        }
        while (_released.TryDequeue(out var segment))
        {
            _reserve.Recycle(segment);
            _triesAgain = true;
        }
    }

    // On whatever thread was the last to hold a file that had left the log.
    void OnReleased(SegmentFile segment)
    {
        _released.Enqueue(segment);
        _keeper.Wake();
    }
}
