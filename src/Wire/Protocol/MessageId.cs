using System.Globalization;

namespace Wire.Protocol;

/// <summary>
/// The id of a message: unique over all nodes, rising within a session. It packs 41 bits of milliseconds since
/// 2026-01-01T00:00:00Z, 10 bits of the node's number and 12 bits of a counter, the milliseconds highest.
/// </summary>
/// <remarks>
/// A counter that overflows borrows the next millisecond, so <see cref="Timestamp"/> may run ahead of the clock; it is a
/// mark of order, not the time of the message. Immutable, and safe to use from any thread.
/// </remarks>
/// <param name="Value">The id as it is on the wire (<c>Message.id</c>).</param>
public readonly record struct MessageId(ulong Value) : IComparable<MessageId>
{
    /// <summary>The largest number of a node.</summary>
    public const int MaxNodeId = (1 << NodeBits) - 1;

    /// <summary>The largest counter within a millisecond.</summary>
    public const int MaxCounter = (1 << CounterBits) - 1;

    private const int NodeBits = 10;
    private const int CounterBits = 12;
    private const int MillisecondBits = 41;
    private const int MillisecondShift = NodeBits + CounterBits;

    /// <summary>The largest packed form: 41 bits of milliseconds and 12 of counter.</summary>
    internal const ulong MaxPacked = (1UL << (MillisecondBits + CounterBits)) - 1;

    /// <summary>The moment from which the milliseconds are counted: 2026-01-01T00:00:00Z.</summary>
    public static DateTimeOffset Epoch { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The moment that the id names, in whole milliseconds, UTC.</summary>
    public DateTimeOffset Timestamp => Epoch.AddMilliseconds(Milliseconds);

    /// <summary>The number of the node that gave the id, 0 to <see cref="MaxNodeId"/>.</summary>
    public int NodeId => (int)(Value >> CounterBits) & MaxNodeId;

    /// <summary>The counter within the millisecond, 0 to <see cref="MaxCounter"/>.</summary>
    public int Counter => (int)Value & MaxCounter;

    private long Milliseconds => (long)(Value >> MillisecondShift);

    /// <summary>
    /// The id without its node, <c>milliseconds &lt;&lt; 12 | counter</c>: what one node counts with and stores. The
    /// successor of a packed id is the number after it, so that an overflowing counter borrows by itself.
    /// </summary>
    internal ulong Packed => (Value >> MillisecondShift << CounterBits) | (Value & MaxCounter);

    /// <summary>Makes an id of its parts.</summary>
    /// <param name="timestamp">The moment; what is finer than a millisecond is cut off. At most 2^41 - 1 ms after <see cref="Epoch"/>.</param>
    /// <param name="nodeId">0 to <see cref="MaxNodeId"/>.</param>
    /// <param name="counter">0 to <see cref="MaxCounter"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A part is out of its range.</exception>
    public static MessageId Create(DateTimeOffset timestamp, int nodeId, int counter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timestamp, Epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(nodeId);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodeId, MaxNodeId);
        ArgumentOutOfRangeException.ThrowIfNegative(counter);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(counter, MaxCounter);
        var packed = PackedAt(timestamp);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(packed, MaxPacked, nameof(timestamp));
        return new MessageId(FromPacked(packed | (uint)counter, nodeId));
    }

    /// <summary>The first packed id of that moment's millisecond; 0 before <see cref="Epoch"/>.</summary>
    internal static ulong PackedAt(DateTimeOffset timestamp)
    {
        var milliseconds = (timestamp - Epoch).Ticks / TimeSpan.TicksPerMillisecond;
        return milliseconds <= 0 ? 0 : (ulong)milliseconds << CounterBits;
    }

    /// <summary>The id on the wire of a packed id of that node.</summary>
    internal static ulong FromPacked(ulong packed, int nodeId)
        => (packed >> CounterBits << MillisecondShift) | ((ulong)(uint)nodeId << CounterBits) | (packed & MaxCounter);

    /// <inheritdoc />
    public int CompareTo(MessageId other) => Value.CompareTo(other.Value);

    /// <summary>Was <paramref name="left"/> given before <paramref name="right"/>, going by the ids?</summary>
    public static bool operator <(MessageId left, MessageId right) => left.Value < right.Value;

    /// <summary>Was <paramref name="left"/> given after <paramref name="right"/>, going by the ids?</summary>
    public static bool operator >(MessageId left, MessageId right) => left.Value > right.Value;

    /// <summary>Is <paramref name="left"/> the same as <paramref name="right"/>, or given before it?</summary>
    public static bool operator <=(MessageId left, MessageId right) => left.Value <= right.Value;

    /// <summary>Is <paramref name="left"/> the same as <paramref name="right"/>, or given after it?</summary>
    public static bool operator >=(MessageId left, MessageId right) => left.Value >= right.Value;

    /// <summary>The id in decimal, as logs and JSON show it.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
