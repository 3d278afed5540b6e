using Wire.Storage.Indexing;
using Wire.Storage.Segments;

namespace Wire.Storage.Recovery;

/// <summary>What the scan of a log's files found.</summary>
internal sealed class RecoveredLog(LogIndex index, List<SegmentFile> segments)
{
    /// <summary>Of the log up to its end.</summary>
    public LogIndex Index { get; } = index;

    /// <summary>The log's files, none of which lies behind the log's end.</summary>
    public List<SegmentFile> Segments { get; } = segments;

    /// <summary>The file that the next record goes to, if it has room; null where there is none.</summary>
    public SegmentFile? Live => Segments.Count > 0 ? Segments[^1] : null;

    public long BeginAddress { get; set; }

    /// <summary>The address behind the last record; where there is none, that of the first there will be.</summary>
    public long EndAddress { get; set; }

    /// <summary>From where on records were read; what lies below was taken from a snapshot.</summary>
    public long ScannedFrom { get; set; }

    /// <summary>Bytes behind the end that were no whole records and were cut away.</summary>
    public long BytesCut { get; set; }
}
