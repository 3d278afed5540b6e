using Wire.Log;

namespace Wire.Sessions;

// What the log asks before it lets go of its oldest records.
internal sealed partial class SessionWorker
{
    private readonly Queue<RetirementSignal> _retirements = new();

    public void Take(RetirementSignal retirement) => _retirements.Enqueue(retirement);

    /// <summary>Messages are gone: sessions in memory know what is left. Those that are not find out when they are loaded.</summary>
    public void OnRetired(IReadOnlyList<RetiredSession> sessions)
    {
        foreach (var retired in sessions)
        {
            if (_sessions.TryGet(retired.Id, out var session) && session.State == SessionState.Loaded)
                session.First = Math.Max(session.First, Math.Min(retired.FirstSequence, session.Head + 1));
            else if (session is not null)
                session.RetiredUntil = Math.Max(session.RetiredUntil, retired.FirstSequence); // its loader may have looked before
        }
    }

    // With no run open. What waits for a session to be loaded, or for a busy log, is looked at again in the next round.
    private void TakeRetirements()
    {
        while (_retirements.TryPeek(out var retirement))
        {
            if (!TryPrepare(retirement))
                return;
            _retirements.Dequeue();
            retirement.Complete();
        }
    }

    private bool TryPrepare(RetirementSignal retirement)
    {
        var left = retirement.Left;
        for (var i = left.Count - 1; i >= 0; i--)
        {
            var (id, forgettableAt, beganAgain) = left[i];
            // While it is being loaded, its loader goes through both of its lives.
            if (beganAgain && _sessions.TryGet(id, out var loading) && loading.State == SessionState.Loading)
                continue;
            if (beganAgain)
                _log.Forget(id, forgettableAt);
            if (beganAgain || forgettableAt != 0 && TryForget(id, forgettableAt))
            {
                left.RemoveAt(i);
                continue;
            }
            var session = Find(id);
            if (session.State == SessionState.Loading)
                continue;
            if (session.IsDamaged)
            {
                retirement.HasFailed = true;
            }
            else if (session.Chain.Tail != 0 && session.Chain.Checkpoint.Address < retirement.Behind)
            {
                var status = TryAppendCheckpoint(session);
                if (status == AppendStatus.Busy)
                    return false;
                retirement.HasFailed |= status == AppendStatus.Unavailable;
            }
            // Also where it has one, which may have been appended a moment ago.
            if (session.Pending > 0)
                retirement.End = Math.Max(retirement.End, _lastEnd);
            left.RemoveAt(i);
        }
        return left.Count == 0;
    }

    // Only where it is as the log knows it, and nobody has to do with it.
    private bool TryForget(byte[] id, long newest)
    {
        if (_sessions.TryGet(id, out var session) && !(session.IsIdle && session.Chain.Tail == newest))
            return false;
        if (!_log.Forget(id, newest))
            return false;
        if (session is not null)
            Forget(session);
        return true;
    }

    // A session that cannot be restored leaves memory again at once: whoever waits for it is told now.
    private void FailRetirements(Session session)
    {
        foreach (var retirement in _retirements)
            retirement.HasFailed |= retirement.Left.RemoveAll(retiring => retiring.Id.AsSpan().SequenceEqual(session.Id)) > 0;
    }
}
