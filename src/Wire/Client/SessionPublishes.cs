using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// The publishes of one session that have no answer, oldest first, in a ring. The first <see cref="Sent"/> of them are on the
/// wire of the present connection, those behind them wait. Belongs to <see cref="UnansweredPublishes"/> and its lock.
/// </summary>
internal sealed class SessionPublishes
{
    private const int MinCapacity = 4;

    /// <summary>A session that has emptied keeps so many places for the next publishes.</summary>
    private const int IdleCapacity = 256;

    private PublishEntry[] _ring = new PublishEntry[MinCapacity];
    private int _first;

    public SessionPublishes(string sessionId, byte[] utf8)
    {
        SessionId = sessionId;
        Utf8 = utf8;
        PlaceInLine = new LinkedListNode<SessionPublishes>(this);
    }

    public string SessionId { get; }

    public byte[] Utf8 { get; }

    public int Count { get; private set; }

    public int Sent { get; private set; }

    /// <summary>The pipelines that are open to it; it is not forgotten while there is one.</summary>
    public int Pipelines { get; set; }

    /// <summary>Its place among the sessions with something to send.</summary>
    public LinkedListNode<SessionPublishes> PlaceInLine { get; }

    public bool IsEmpty => Count == 0;

    public ulong NewestId => Count == 0 ? 0 : this[Count - 1].PublishId;

    /// <summary>
    /// There is one to send next, which is the one at <see cref="Sent"/>: none behind a conditional publish that is not
    /// answered, so that nothing lands behind words that its author has not seen.
    /// </summary>
    public bool HasNextToSend => Sent < Count && (Sent == 0 || !this[Sent - 1].IsConditional);

    /// <summary>The unanswered ones, from the oldest on.</summary>
    public ref PublishEntry this[int index] => ref _ring[(_first + index) & (_ring.Length - 1)];

    public void Add(in PublishEntry entry)
    {
        if (Count == _ring.Length)
            Resize(Count * 2);
        this[Count++] = entry;
    }

    public void MarkSent(ref PublishEntry entry)
    {
        if (entry.Sends < 2)
            entry.Sends++;
        Sent++;
    }

    /// <summary>The connection is gone: all wait again, in the same order.</summary>
    public void MarkAllUnsent() => Sent = 0;

    public bool IsOldestSent(ulong publishId) => Sent > 0 && this[0].PublishId == publishId;

    /// <summary>Does the oldest <paramref name="count"/> of those on the wire end with that id?</summary>
    public bool SentRangeEndsWith(uint count, ulong publishId)
        => count > 0 && count <= (uint)Sent && this[(int)count - 1].PublishId == publishId;

    /// <summary>The place of the first of the oldest <paramref name="count"/> that asked for another level by name, or -1.</summary>
    public int FirstOfAnotherLevel(int count, Durability level)
    {
        for (var i = 0; i < count; i++)
        {
            var asked = this[i].Durability;
            if (asked != level && asked != Durability.Default)
                return i;
        }
        return -1;
    }

    /// <summary>Takes the oldest off, which are all on the wire.</summary>
    public void RemoveOldestSent(int count)
    {
        Clear(count);
        Count -= count;
        Sent -= count;
        if (Count == 0 && _ring.Length > IdleCapacity && Pipelines == 0)
            (_ring, _first) = (new PublishEntry[MinCapacity], 0);
    }

    /// <summary>Takes one that waits out of the line.</summary>
    public void RemoveWaiting(int index)
    {
        // Those behind it move up, unless there are fewer before it and all of those wait, too.
        if (Sent == 0 && index < Count / 2)
        {
            for (var i = index; i > 0; i--)
                this[i] = this[i - 1];
            Clear(1);
        }
        else
        {
            for (var i = index; i < Count - 1; i++)
                this[i] = this[i + 1];
            this[Count - 1] = default;
        }
        Count--;
    }

    /// <summary>The place of the one with that id, which is there.</summary>
    public int IndexOf(ulong publishId)
    {
        var (low, high) = (0, Count - 1);
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (this[middle].PublishId < publishId)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private void Clear(int oldest)
    {
        var toTheEnd = Math.Min(oldest, _ring.Length - _first);
        Array.Clear(_ring, _first, toTheEnd);
        Array.Clear(_ring, 0, oldest - toTheEnd);
        _first = (_first + oldest) & (_ring.Length - 1);
    }

    private void Resize(int capacity)
    {
        var ring = new PublishEntry[capacity];
        for (var i = 0; i < Count; i++)
            ring[i] = this[i];
        (_ring, _first) = (ring, 0);
    }
}
