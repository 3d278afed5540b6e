using Wire.Log;

namespace Wire.Sessions;

/// <summary>
/// The loaded sessions of one worker, by id, and in the order in which the clock of eviction comes to them. Belongs to the
/// worker.
/// </summary>
internal sealed class SessionTable(int capacity)
{
    private readonly Dictionary<byte[], Session> _sessions = new(SessionIdComparer.Instance);
    private Session? _oldest, _newest;
    private int _added;

    public int Count => _sessions.Count;

    public bool IsOverCapacity => _sessions.Count > capacity;

    /// <summary>The session that the clock's hand points at.</summary>
    public Session? Oldest => _oldest;

    public bool TryGet(ReadOnlySpan<byte> id, out Session session) =>
        _sessions.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(id, out session!);

    /// <summary>The sessions that were added since this was asked last.</summary>
    public int TakeAdded()
    {
        var added = _added;
        _added = 0;
        return added;
    }

    public void Add(Session session)
    {
        _added++;
        _sessions.Add(session.Id, session);
        Link(session);
    }

    public void Remove(Session session)
    {
        _sessions.Remove(session.Id);
        Unlink(session);
    }

    public void MoveToNewest(Session session)
    {
        if (_newest == session)
            return;
        Unlink(session);
        Link(session);
    }

    private void Link(Session session)
    {
        session.Older = _newest;
        session.Newer = null;
        if (_newest is null)
            _oldest = session;
        else
            _newest.Newer = session;
        _newest = session;
    }

    private void Unlink(Session session)
    {
        if (session.Older is null)
            _oldest = session.Newer;
        else
            session.Older.Newer = session.Newer;
        if (session.Newer is null)
            _newest = session.Older;
        else
            session.Newer.Older = session.Older;
    }
}
