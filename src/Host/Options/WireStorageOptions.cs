using Wire.Storage;

namespace Wire.Host;

/// <summary>The log: <c>Wire:Storage</c>.</summary>
public sealed class WireStorageOptions
{
    /// <summary>The log's folder, created where it does not exist; one server at a time may use it. Default: <c>wire-data</c> in the working directory.</summary>
    public string Path { get; set; } = "wire-data";

    /// <summary>What a publish of level DEFAULT is promised. Default: <see cref="DurabilityLevel.Disk"/>.</summary>
    public DurabilityLevel Durability { get; set; } = DurabilityLevel.Disk;

    /// <summary>A file of the log ends before it grows beyond this many bytes. At least one page and 4 KiB. Default: 200,000,000.</summary>
    public long SegmentBytes { get; set; } = 200_000_000;

    /// <summary>A file of the log ends at this age, whichever comes first. Above 0. Default: 2 hours.</summary>
    public TimeSpan SegmentAge { get; set; } = TimeSpan.FromHours(2);

    /// <summary>
    /// Bytes of a page of the log, a power of two from 4 KiB to 64 MiB; no record is larger. What a folder was created with holds
    /// for that folder. Default: 4 MiB.
    /// </summary>
    public int PageBytes { get; set; } = 4 << 20;

    /// <summary>Bytes of the disk that the log leaves free: it refuses publishes before it takes them. 0: it takes all. Default: 1 GiB.</summary>
    public long MinFreeBytes { get; set; } = 1L << 30;

    /// <summary>Files of the log whose messages are all older than this are given up. Above 0. Default: null, none is for its age.</summary>
    public TimeSpan? RetainAge { get; set; }

    /// <summary>
    /// While the log's files take more than this many bytes, and while the disk has no room beside <see cref="MinFreeBytes"/>, the
    /// oldest file is given up. At least three times <see cref="SegmentBytes"/>. Default: null, none is for its size.
    /// </summary>
    public long? RetainBytes { get; set; }

    /// <summary>
    /// How the log's files are read. Default: <see cref="ReadMethod.Map"/>, the fastest, under which a media error ends the
    /// process; with <see cref="ReadMethod.Pread"/> it is an error of the sessions with messages there.
    /// </summary>
    public ReadMethod Reads { get; set; } = ReadMethod.Map;

    /// <summary>
    /// How long after it was closed a file of the log is compacted in the background: it takes less than half of the room then, and
    /// reads from it cost more. Not negative. Default: null, never.
    /// </summary>
    public TimeSpan? CompactAfter { get; set; }

    /// <summary>Whether, and with which keys, the log is encrypted.</summary>
    public EncryptionOptions Encryption { get; } = new();
}
