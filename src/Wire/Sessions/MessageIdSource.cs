using Wire.Protocol;

namespace Wire.Sessions;

/// <summary>
/// Gives the node's message ids, packed and without the node's number: rising whatever the clock does, and advanced once a
/// run. A counter that overflows borrows from the next millisecond. Thread-safe.
/// </summary>
internal sealed class MessageIdSource(long last, TimeProvider time)
{
    private long _last = last;

    /// <summary>Takes <paramref name="count"/> consecutive ids and returns the first.</summary>
    public long Take(int count) => Take(count, time.GetUtcNow());

    /// <summary>The same, for whoever knows the time.</summary>
    public long Take(int count, DateTimeOffset at)
    {
        var now = (long)MessageId.PackedAt(at);
        while (true)
        {
            var last = Volatile.Read(ref _last);
            var first = Math.Max(now, last + 1);
            if (Interlocked.CompareExchange(ref _last, first + count - 1, last) == last)
                return first;
        }
    }
}
