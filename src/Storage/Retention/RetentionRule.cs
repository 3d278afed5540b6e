using Wire.Storage.Segments;

namespace Wire.Storage.Retention;

/// <summary>Whether the log's oldest file is to go.</summary>
internal sealed class RetentionRule(StorageOptions options)
{
    /// <summary>Whether anything is ever retired.</summary>
    public bool IsOn => options.RetainAge is not null || options.RetainBytes is not null;

    /// <summary>Decides by age, by size, and where there is a limit to the size by want of room.</summary>
    /// <param name="segments">The log's files. The last one, which grows, never goes.</param>
    /// <param name="now">Nanoseconds since 1970.</param>
    /// <param name="hasRoom">Whether the disk has room for what comes.</param>
    public bool IsDue(ReadOnlySpan<SegmentFile> segments, long now, bool hasRoom)
    {
        if (segments.Length < 2)
            return false;
        // All in a file is older than the begin of the next one.
        if (options.RetainAge is { } age && TimeSpan.FromTicks((now - segments[1].BegunAt) / TimeSpan.NanosecondsPerTick) >= age)
            return true;
        if (options.RetainBytes is not { } limit)
            return false;
        if (!hasRoom)
            return true;
        var bytes = 0L;
        foreach (var segment in segments)
            bytes += segment.BytesOnDisk;
        return bytes > limit;
    }
}
