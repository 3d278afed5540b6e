using Wire.Storage.Segments;

namespace Wire.Storage.Retention;

/// <summary>How long the disk lasts at the rate at which the log has grown.</summary>
/// <param name="Lasts">Until it is full.</param>
/// <param name="Measured">The time by which the rate was measured.</param>
/// <param name="BytesPerDay">The rate.</param>
internal readonly record struct DiskOutlook(TimeSpan Lasts, TimeSpan Measured, double BytesPerDay)
{
    static readonly TimeSpan Least = TimeSpan.FromHours(1), Longest = TimeSpan.FromDays(30);

    /// <summary>Null where it is not known yet, and where retention keeps the log within the disk.</summary>
    /// <param name="segments">The log's files.</param>
    /// <param name="now">Nanoseconds since 1970.</param>
    /// <param name="freeBytes">Of the disk.</param>
    /// <param name="options">What is to be left free, and what retention keeps.</param>
    public static DiskOutlook? Of(ReadOnlySpan<SegmentFile> segments, long now, long freeBytes, StorageOptions options)
    {
        // With a limit to its size the log makes room by itself.
        if (options.RetainBytes is not null)
            return null;
        long bytes = 0, all = 0;
        var measured = TimeSpan.Zero;
        for (var i = segments.Length - 1; i >= 0; i--)
        {
            all += segments[i].BytesOnDisk;
            if (measured >= Longest)
                continue;
            bytes = all;
            measured = TimeSpan.FromTicks((now - segments[i].BegunAt) / TimeSpan.NanosecondsPerTick);
        }
        if (measured < Least)
            return null;
        var perDay = bytes / measured.TotalDays;
        var room = Math.Max(0, freeBytes - options.MinFreeBytes);
        if (options.RetainAge is { } age && perDay * age.TotalDays - all <= room)
            return null;
        var days = room / perDay;
        return days < 36_500 ? new DiskOutlook(TimeSpan.FromDays(days), measured, perDay) : null;
    }
}
