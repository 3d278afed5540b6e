using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// The publishes of one session that have no answer, oldest first. Those up to <see cref="LastSent"/> are on the wire of the
/// present connection, those behind it wait. Belongs to <see cref="UnansweredPublishes"/> and its lock.
/// </summary>
internal sealed class SessionPublishes
{
    public SessionPublishes(string sessionId, byte[] utf8)
    {
        SessionId = sessionId;
        Utf8 = utf8;
        PlaceInLine = new LinkedListNode<SessionPublishes>(this);
    }

    public string SessionId { get; }

    public byte[] Utf8 { get; }

    public PendingPublish? Oldest { get; private set; }

    public PendingPublish? Newest { get; private set; }

    public PendingPublish? LastSent { get; private set; }

    /// <summary>Its place among the sessions with something to send.</summary>
    public LinkedListNode<SessionPublishes> PlaceInLine { get; }

    public bool IsEmpty => Oldest is null;

    /// <summary>
    /// The one to send next: none behind a conditional publish that is not answered, so that nothing lands behind words that
    /// its author has not seen.
    /// </summary>
    public PendingPublish? NextToSend => LastSent is null ? Oldest : LastSent.IsConditional ? null : LastSent.Next;

    public void Add(PendingPublish publish)
    {
        if (Newest is null)
            Oldest = publish;
        else
            Newest.Next = publish;
        Newest = publish;
    }

    public void MarkSent(PendingPublish publish)
    {
        publish.Sends++;
        LastSent = publish;
    }

    /// <summary>The connection is gone: all wait again, in the same order.</summary>
    public void MarkAllUnsent() => LastSent = null;

    public bool IsOldestSent(ulong publishId) => LastSent is not null && Oldest!.PublishId == publishId;

    /// <summary>Does the oldest <paramref name="count"/> of those on the wire end with that id?</summary>
    public bool SentRangeEndsWith(uint count, ulong publishId)
    {
        if (LastSent is null || count == 0)
            return false;
        var publish = Oldest;
        for (var i = 1u; i < count; i++)
        {
            if (publish == LastSent)
                return false;
            publish = publish!.Next;
        }
        return publish!.PublishId == publishId;
    }

    /// <summary>The first of the oldest <paramref name="count"/>, all sent, that asked for another level by name.</summary>
    public PendingPublish? FirstSentOfAnotherLevel(uint count, Durability level)
    {
        var publish = Oldest;
        for (var i = 0u; i < count; i++, publish = publish.Next)
        {
            if (publish!.Durability != Durability.Default && publish.Durability != level)
                return publish;
        }
        return null;
    }

    /// <summary>Takes the oldest off the list.</summary>
    public PendingPublish RemoveOldest()
    {
        var oldest = Oldest!;
        Oldest = oldest.Next;
        oldest.Next = null;
        if (Newest == oldest)
            Newest = null;
        if (LastSent == oldest)
            LastSent = null;
        return oldest;
    }

    /// <summary>Takes one that waits off the list. Looks through those that wait.</summary>
    public void RemoveWaiting(PendingPublish publish)
    {
        var before = LastSent;
        if ((before is null ? Oldest : before.Next) != publish)
        {
            before ??= Oldest;
            while (before!.Next != publish)
                before = before.Next;
        }

        if (before is null)
            Oldest = publish.Next;
        else
            before.Next = publish.Next;
        if (Newest == publish)
            Newest = before;
        publish.Next = null;
    }
}
