using Wire.Storage.Segments;
using Wire.Storage.Sessions;

namespace Wire.Storage.Recovery;

/// <summary>What the scan of a log's files found.</summary>
internal sealed class RecoveredLog(SessionIndex index)
{
    public SessionIndex Index { get; } = index;

    /// <summary>The log's files, none of which lies behind the log's end.</summary>
    public List<SegmentFile> Segments { get; } = [];

    /// <summary>The file that the next record goes to, if it has room; null where there is none.</summary>
    public SegmentFile? Live => Segments.Count > 0 ? Segments[^1] : null;

    public long BeginAddress { get; set; }

    /// <summary>The address behind the last record.</summary>
    public long EndAddress { get; set; }

    /// <summary>The log sequence and the epoch of the last record; 0 where there is none.</summary>
    public ulong LastSequence { get; set; }
    public uint LastEpoch { get; set; }

    public long LastMessageId { get; set; }

    /// <summary>
    /// Where a handler is known: the newest run of a visitor in each session that has no answer to all of it, by the session's
    /// hash. Two sessions of one hash would share a place; that of 64 bits, keyed, does not come about.
    /// </summary>
    public Dictionary<ulong, (ulong Sequence, long Address)> Unanswered { get; } = [];

    /// <summary>Bytes behind the end that were no whole records and were cut away.</summary>
    public long BytesCut { get; set; }
}
