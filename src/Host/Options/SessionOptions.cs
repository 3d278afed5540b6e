namespace Wire.Host;

/// <summary>What sessions may take of memory: <c>Wire:Sessions</c>.</summary>
public sealed class SessionOptions
{
    /// <summary>
    /// Bytes that all followed sessions together may keep encoded until they are delivered; beyond it their subscribers are fed
    /// from the log. At least 1 MiB. Default: 256 MiB.
    /// </summary>
    public long RingBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Sessions that stay in memory, some 700 bytes each; beyond it the longest unused ones leave it, and the next message of one
    /// of them has it read from the log again. 1,000 to 100,000,000. Default: 200,000.
    /// </summary>
    public int Loaded { get; set; } = 200_000;

    /// <summary>
    /// A session that has stored nothing for so long, and whose messages have all been given up, is forgotten: it begins at 1
    /// again. At least 7 days. Default: 30 days.
    /// </summary>
    public TimeSpan ForgetAfter { get; set; } = TimeSpan.FromDays(30);
}
