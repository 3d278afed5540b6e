namespace Wire.Storage;

/// <summary>What a <see cref="FasterMessageLog"/> is opened with.</summary>
public sealed class StorageOptions
{
    /// <summary>The smallest page: one block of a file system.</summary>
    const int MinPageBytes = 4096;

    /// <summary>The largest page: a record's length is 32 bits, and a page must be copied within a moment.</summary>
    const int MaxPageBytes = 64 << 20;

    static readonly TimeSpan LeastForgetAfter = TimeSpan.FromDays(7);

    /// <summary>The log's folder; created where it does not exist. Default: <c>wire-data</c> in the working directory.</summary>
    public string Path { get; set; } = "wire-data";

    /// <summary>A file of the log is closed before it grows beyond this many bytes. Default: 200 MB. At least one page and 4 KiB.</summary>
    public long SegmentBytes { get; set; } = 200_000_000;

    /// <summary>A file of the log is closed this long after its first message, also when nothing more is written. Default: 2 hours.</summary>
    public TimeSpan SegmentAge { get; set; } = TimeSpan.FromHours(2);

    /// <summary>
    /// Bytes in a page of the log, a power of two from 4 KiB to 64 MiB; no record is larger. Default: 4 MiB. The value with
    /// which a folder was created holds for that folder.
    /// </summary>
    public int PageBytes { get; set; } = 4 << 20;

    /// <summary>Bytes of page buffers in memory, a power of two, at least four pages. Default: 64 MiB.</summary>
    public long MemoryBytes { get; set; } = 64 << 20;

    /// <summary>How far ahead of its end the log keeps space allocated on disk, in bytes; at least one page. Default: 64 MiB.</summary>
    public long ReserveBytes { get; set; } = 64 << 20;

    /// <summary>Bytes of the disk that the log leaves free; it refuses appends before it takes them. Default: 1 GiB. 0: takes all.</summary>
    public long MinFreeBytes { get; set; } = 1 << 30;

    /// <summary>How files are read. Default: <see cref="ReadMethod.Map"/>.</summary>
    public ReadMethod Reads { get; set; } = ReadMethod.Map;

    /// <summary>
    /// The file with the keys, a line for each: a number from 1 on, and 32 random bytes in base64 (<c>openssl rand -base64 32</c>).
    /// The key with the highest number encrypts what is appended, all of them read. Default: null, nothing is encrypted, and a
    /// log with encrypted messages is not opened.
    /// </summary>
    public string? KeyFile { get; set; }

    /// <summary>Whether what is appended is encrypted, where there is a <see cref="KeyFile"/>. Default: true. False: its keys only read.</summary>
    public bool EncryptAppends { get; set; } = true;

    /// <summary>
    /// How long after it was closed a file of the log is compacted: its pages are compressed, and then encrypted where there is a
    /// key, in the background. Reads from it cost more. Default: null, never. Compacted files are read whatever it is.
    /// </summary>
    public TimeSpan? CompactAfter { get; set; }

    internal bool Encrypts => KeyFile is not null && EncryptAppends;

    /// <summary>
    /// Files whose messages are all older than this leave the log. Above zero. Default: null, none does by its age. A file holds
    /// up to <see cref="SegmentAge"/> of messages.
    /// </summary>
    public TimeSpan? RetainAge { get; set; }

    /// <summary>
    /// While the log's files take more than this many bytes on disk, and while the disk has no room beside
    /// <see cref="MinFreeBytes"/>, the oldest one leaves the log. At least three times <see cref="SegmentBytes"/>. Beside it up to
    /// two files are kept in reserve. Default: null, none does.
    /// </summary>
    public long? RetainBytes { get; set; }

    internal bool Retains => RetainAge is not null || RetainBytes is not null;

    /// <summary>Pages that a file and the space ahead of the log's end must hold: with retention half of a file is held back for checkpoints, and a page more.</summary>
    internal int LeastPages => Retains ? 4 : 1;

    /// <summary>
    /// A session that has stored nothing for so long, and whose messages have all left the log, is forgotten: it begins at 1
    /// again. At least 7 days. Default: 30 days.
    /// </summary>
    public TimeSpan ForgetAfter { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The node's number, 0 to 1023, recorded in each file of the log as it is created. Default: 1.</summary>
    public int NodeId { get; set; } = 1;

    /// <summary>The largest frame that clients may send, in bytes; with 4 KiB more it must fit a page. Default: 1 MiB.</summary>
    public int MaxFrameBytes { get; set; } = 1 << 20;

    /// <summary>
    /// The handler that answers visitors, as a producer: recovery then notes the sessions in which something may want its answer
    /// (<see cref="Log.IMessageLog.TakeUnanswered"/>). Default: null, none.
    /// </summary>
    public string? HandlerClientId { get; set; }

    /// <summary>The index is written anew when the log has gone on by so many bytes, and by four times its own size: the next start reads no more.</summary>
    internal long SnapshotLogBytes { get; set; } = 128 << 20;

    /// <summary>All that is wrong with these settings, each as a sentence; none where they can be used.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(Path))
            faults.Add("Path is empty.");
        if (PageBytes is < MinPageBytes or > MaxPageBytes || !int.IsPow2(PageBytes))
            faults.Add($"PageBytes is {PageBytes}; it must be a power of two from {MinPageBytes} to {MaxPageBytes}.");
        else
        {
            if (SegmentBytes < PageBytes + 4096L)
                faults.Add($"SegmentBytes is {SegmentBytes}; it must be at least PageBytes + 4096 = {PageBytes + 4096L}.");
            if (MemoryBytes < 4L * PageBytes || MemoryBytes > 1L << 40 || !long.IsPow2(MemoryBytes))
                faults.Add($"MemoryBytes is {MemoryBytes}; it must be a power of two and at least four pages ({4L * PageBytes}).");
            if (ReserveBytes < PageBytes)
                faults.Add($"ReserveBytes is {ReserveBytes}; it must be at least one page ({PageBytes}).");
            if (MaxFrameBytes < 1 || MaxFrameBytes + 4096L > PageBytes)
                faults.Add($"MaxFrameBytes is {MaxFrameBytes}; with 4096 more it must fit PageBytes ({PageBytes}).");
        }
        if (SegmentAge <= TimeSpan.Zero)
            faults.Add($"SegmentAge is {SegmentAge}; it must be above zero.");
        if (RetainAge <= TimeSpan.Zero)
            faults.Add($"RetainAge is {RetainAge}; it must be above zero.");
        if (RetainBytes < 3 * SegmentBytes)
            faults.Add($"RetainBytes is {RetainBytes}; it must be at least three times SegmentBytes ({3 * SegmentBytes}).");
        if (Retains && PageBytes > 0)
        {
            var least = (long)LeastPages * PageBytes;
            if (ReserveBytes < least)
                faults.Add($"ReserveBytes is {ReserveBytes}; with retention it must be at least {LeastPages} pages ({least}).");
            if (SegmentBytes < least + 4096)
                faults.Add($"SegmentBytes is {SegmentBytes}; with retention it must be at least {LeastPages} pages and 4096 ({least + 4096}).");
        }
        if (ForgetAfter < LeastForgetAfter)
            faults.Add($"ForgetAfter is {ForgetAfter}; it must be at least {LeastForgetAfter.Days} days.");
        if (MinFreeBytes < 0)
            faults.Add($"MinFreeBytes is {MinFreeBytes}; it must not be negative.");
        if (!Enum.IsDefined(Reads))
            faults.Add($"Reads is {Reads}; it must be {nameof(ReadMethod.Map)} or {nameof(ReadMethod.Pread)}.");
        if (CompactAfter < TimeSpan.Zero)
            faults.Add($"CompactAfter is {CompactAfter}; it must not be negative.");
        if (KeyFile is not null && string.IsNullOrWhiteSpace(KeyFile))
            faults.Add("KeyFile is empty; it must name a file, or be null.");
        if (NodeId is < 0 or > 1023)
            faults.Add($"NodeId is {NodeId}; it must be 0 to 1023.");
        return faults;
    }
}
