using Wire.Handlers;
using Wire.Log;
using Wire.Protocol;
using Wire.Subscriptions;

namespace Wire.Sessions;

// When a handler has its turn, and what followers see of its reply in the making (protocol.md, Handlers).
internal sealed partial class SessionWorker
{
    private readonly TurnPump? _turns;

    // Batches of visitors whose read loops wait until fewer sessions wait for a turn.
    private readonly Queue<SessionBatch> _heldForTurns = new();

    /// <summary>Looks whether a session that may have to be loaded first wants an answer; after the loading it is looked at in any case.</summary>
    public void LookForTurn(byte[] sessionId)
    {
        var session = Find(sessionId);
        if (session.State == SessionState.Loaded)
            LookForTurn(session);
    }

    /// <summary>A turn is over: the next one may begin.</summary>
    public void OnTurnOver(Turn turn)
    {
        var session = turn.Session;
        session.Turn = null;
        _freed++;
        if (turn.Through == 0)
            session.LookedAt = turn.LookedAt;
        LookForTurn(session);
    }

    /// <summary>Sends those who follow the session what is new of the reply.</summary>
    public void SendChunks(Turn turn)
    {
        turn.ChunkNumber++;
        if (turn.Session.Subscriptions is not { Count: > 0 } subscriptions)
            return;
        foreach (var subscription in subscriptions)
        {
            if (subscription.State is SubscriptionState.Opening or SubscriptionState.Ended)
                continue;
            subscription.SendChunk(turn, joinsLate: turn.ChunkNumber > 1);
            Touch(subscription.Batch);
        }
    }

    private void LookForTurn(Session session)
    {
        if (_turns is null || session.Turn is not null || session.IsDamaged || session.DurableHead == 0)
            return;
        ref readonly var newest = ref session.Newest;
        var floor = Math.Max(newest.Giveback, session.LookedAt);
        if (newest.VisitorMessage <= floor || session.DurableHead <= floor || newest.HumanHasIt)
            return;
        floor = Math.Max(floor, session.Producers.Find(_turns.ClientId)?.PublishId ?? 0);
        if (newest.VisitorMessage <= floor || session.DurableHead <= floor || session.Id.AsSpan().SequenceEqual(TurnPump.HandlersSession))
            return;
        if (_log.Health == LogHealth.Failed)
            return; // nothing is stored any more
        session.Turn = new Turn(_turns, this, session, floor, RangeOf(session));
        _turns.Add(session.Turn);
    }

    private static void StopReply(Session session, ulong inReplyTo)
    {
        if (session.Turn is { } turn && turn.Covers(inReplyTo))
            turn.End(TurnEnd.Stopped);
    }

    // Whoever comes to follow in the middle of a reply gets what there is of it.
    private static void ShowReplyInTheMaking(Subscription subscription)
    {
        if (subscription.Session.Turn is { ChunkNumber: > 0, IsDone: false } turn)
            subscription.SendChunk(turn, joinsLate: true);
    }

    private bool HoldsForTurns(SessionBatch batch)
    {
        if (_turns?.IsFull != true || batch.Connection.Role != Role.Visitor)
            return false;
        _heldForTurns.Enqueue(batch);
        return true;
    }

    private void LetGoOfHeld()
    {
        while (_heldForTurns.Count > 0 && !_turns!.IsFull)
            _heldForTurns.Dequeue().Intake.Complete();
    }
}
