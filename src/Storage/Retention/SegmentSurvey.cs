using Wire.Log;
using Wire.Storage.Encryption;
using Wire.Storage.Indexing;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Retention;

/// <summary>
/// Which sessions have records in a file that is about to go, and which of them need a checkpoint behind it: one look through the
/// file, and one at the newest record of each of them.
/// </summary>
internal sealed class SegmentSurvey
{
    // An estimate where the newest record is no checkpoint: header, ids, two producers.
    const int TypicalCheckpointBytes = 300;

    readonly List<long> _newest;
    readonly List<Needed> _needed = [];

    SegmentSurvey(List<long> newest) => _newest = newest;

    /// <summary>The address of each session's newest record in the file, rising.</summary>
    public IReadOnlyList<long> Newest => _newest;

    /// <summary>Those that need a checkpoint, or may be forgotten.</summary>
    public IReadOnlyList<Needed> Needs => _needed;

    /// <summary>Sessions that are to be forgotten for want of room, though they have not been silent for long enough.</summary>
    public int ForgottenForRoom { get; private set; }

    /// <summary>Reads the file.</summary>
    /// <param name="segment">The file, sealed.</param>
    /// <param name="pageBytes">Bytes in a page.</param>
    /// <param name="open">Makes a reader of the log.</param>
    /// <param name="sessions">The index, which has come to the end of the file.</param>
    /// <param name="silentSince">Sessions that stored nothing since, nanoseconds since 1970, may be forgotten when all of their messages go.</param>
    /// <param name="room">What checkpoints of sessions that have nothing behind the file may take; the longest silent go first.</param>
    /// <param name="durable">The log's durable address: where something is behind the file, it must follow what is in it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LogException">The file is damaged: it has to stay.</exception>
    public static SegmentSurvey Take(SegmentFile segment, int pageBytes, Func<ILogReader> open, SessionIndex sessions, long silentSince, long room,
        long durable, CancellationToken cancellationToken)
    {
        var survey = new SegmentSurvey(NewestIn(segment, pageBytes, cancellationToken, out var lastSequence));
        using var reader = open();
        if (durable > segment.EndAddress)
        {
            Read(reader, segment.EndAddress, out var next);
            if (new RecordHeader(next).LogSequence != lastSequence + 1)
                throw Damaged(segment, segment.EndAddress);
        }
        var silent = new List<(long Timestamp, int At, long Bytes)>();
        var total = 0L;
        foreach (var address in survey._newest)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!NeedsCheckpoint(reader, address, segment, sessions, out var isTail, out var beganAgain, out var timestamp, out var bytes) && !beganAgain)
                continue;
            if (isTail && !beganAgain)
            {
                silent.Add((timestamp, survey._needed.Count, bytes));
                total += bytes;
            }
            survey._needed.Add(new Needed(address, beganAgain || isTail && timestamp < silentSince, beganAgain));
        }
        survey.MakeRoom(silent, total, room);
        return survey;
    }

    // The newest of each session, by following the chain: who points to a record in the file takes its place.
    static List<long> NewestIn(SegmentFile segment, int pageBytes, CancellationToken cancellationToken, out ulong lastSequence)
    {
        var newest = new HashSet<long>();
        lastSequence = 0;
        using var pages = new SegmentPages(segment, pageBytes, segment.Limit);
        for (var page = segment.StartAddress; page < segment.EndAddress; page += pageBytes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var bytes = pages.Page(page);
            for (var at = page == 0 ? (int)PageFraming.FirstAddress : 0; !PageFraming.IsUnused(bytes[at..]);)
            {
                if (!PageFraming.TryGetRecord(bytes[at..], out var record) || !new RecordHeader(record).IsIntact)
                    throw Damaged(segment, page + at);
                var header = new RecordHeader(record);
                // A part that reads as unused and is none shows in the numbers.
                if (lastSequence != 0 && header.LogSequence != lastSequence + 1)
                    throw Damaged(segment, page + at);
                lastSequence = header.LogSequence;
                if (header.RunNumber > 0)
                {
                    newest.Remove(header.Previous);
                    newest.Add(page + at);
                }
                at += PageFraming.EntryBytes(record.Length);
            }
        }
        var sorted = new List<long>(newest);
        sorted.Sort();
        return sorted;
    }

    static LogException Damaged(SegmentFile segment, long address) =>
        new($"The log is damaged at or before {segment.Path}, offset {segment.OffsetOf(address)}, address {address:x16}. "
            + "The file is kept, and so are all that follow it. See what `wire log verify` says.");

    static bool NeedsCheckpoint(ILogReader reader, long address, SegmentFile segment, SessionIndex sessions, out bool isTail, out bool beganAgain,
        out long timestamp, out long bytes)
    {
        Read(reader, address, out var record);
        var header = new RecordHeader(record);
        timestamp = header.Timestamp;
        bytes = header.Kind == RecordKind.SessionCheckpoint ? record.Length : TypicalCheckpointBytes;
        var id = header.SessionId.ToArray();
        isTail = beganAgain = false;
        var (goesOn, needs) = (false, false);
        for (var attempt = 0; sessions.TryFind(id, attempt, out var tail); attempt++)
        {
            isTail |= tail == address;
            if (tail <= address)
                continue; // itself, another session of the same hash, or a life of it before this one
            Read(reader, tail, out record);
            header = new RecordHeader(record);
            if (!header.SessionId.SequenceEqual(id))
                continue;
            goesOn = true;
            // Where it is in this file too, it has a look of its own.
            needs |= tail >= segment.EndAddress && header.Kind != RecordKind.SessionCheckpoint && header.Checkpoint < segment.EndAddress;
        }
        beganAgain = isTail && goesOn;
        return isTail || needs; // neither: forgotten
    }

    void MakeRoom(List<(long Timestamp, int At, long Bytes)> silent, long total, long room)
    {
        if (total <= room)
            return;
        silent.Sort();
        foreach (var (_, at, bytes) in silent)
        {
            if (total <= room)
                return;
            total -= bytes;
            ForgottenForRoom += _needed[at].MayBeForgotten ? 0 : 1;
            _needed[at] = _needed[at] with { MayBeForgotten = true };
        }
    }

    static void Read(ILogReader reader, long address, out ReadOnlySpan<byte> record)
    {
        if (reader.Read(address, out record) != LogReadStatus.Found)
            throw new LogException($"The record at address {address:x16} cannot be read, which a checkpoint of its session needs. "
                + "The oldest file is kept, and so are all that follow it. See what `wire log verify` says.");
    }

    /// <param name="Address">Of the session's newest record in the file.</param>
    /// <param name="MayBeForgotten">Whether it is the newest of all, and the session has been silent for so long that it may be forgotten.</param>
    /// <param name="BeganAgain">
    /// Whether the session was forgotten at this record before and has begun again, and the index has both: a process had ended before
    /// the record was gone.
    /// </param>
    internal readonly record struct Needed(long Address, bool MayBeForgotten, bool BeganAgain);
}
