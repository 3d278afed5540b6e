using FASTER.core;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage;

/// <summary>
/// Two steps of the opening that tests replace with what is wrong, to see that their checks find it. The log itself always
/// uses <see cref="Proper"/>.
/// </summary>
internal sealed class OpeningSteps
{
    public static readonly OpeningSteps Proper = new();

    /// <summary>Has FASTER take up the log between two addresses.</summary>
    public Action<FasterLog, long, long> Restore { get; init; } = static (faster, _, _) => faster.Recover();

    /// <summary>Looks for a record that proves that the log is damaged where its scan broke off.</summary>
    public Func<LaterRecordSearch, SegmentFile, CancellationToken, long?> FindProof { get; init; } =
        static (search, segment, cancellationToken) => search.Find(segment, cancellationToken);
}
