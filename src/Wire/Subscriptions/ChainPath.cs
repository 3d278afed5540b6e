namespace Wire.Subscriptions;

/// <summary>
/// Where a <see cref="ChainWalk"/> stands: the records that it came by on its way down from the tail and has not given yet,
/// the newest first. At most O(log² n) of them, so that a walk can rest between two reads.
/// </summary>
internal sealed class ChainPath(long tail)
{
    public readonly Stack<Link> Links = new();

    /// <summary>The address of the newest record.</summary>
    public long Tail => tail;

    /// <summary>The number of the record to be given next; 0 where that is the top of the path, whatever its number.</summary>
    public long Wanted;

    internal readonly record struct Link(long Address, long RunNumber, long Previous, long Skip, ulong First);
}
