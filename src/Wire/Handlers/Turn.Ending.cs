using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Handlers;

// How a turn ends, and what is left of it.
internal sealed partial class Turn
{
    private static readonly byte[] Silent = """{"type":"silent"}"""u8.ToArray();
    private static readonly byte[] SilentAfterFailure = """{"type":"silent","reason":"failed"}"""u8.ToArray();
    private static readonly byte[] SilentForHuman = """{"type":"silent","reason":"handover"}"""u8.ToArray();

    // The append is told, and the handler has returned. The worker's.
    private int _partsLeft = 2;
    private bool _hasReply;
    private bool _isDropped;

    /// <summary>Ends it at once, and has what there is of it stored. False where it has ended already. Any thread.</summary>
    public bool End(TurnEnd how)
    {
        lock (_lock)
        {
            if (_hasEnded)
                return false;
            _hasEnded = true;
            if (how is not (TurnEnd.Nothing or TurnEnd.Shutdown))
                Messages = ComposeUnsynchronized(how);
        }
        PublishId = Through;
        if (how != TurnEnd.Completed)
            _ = _cancellation.CancelAsync(); // not Cancel: what waits for it would go on on this thread
        if (Messages.Count == 0 || !_pump.Engine.TryAppend(this))
            PostPartIsOver();
        return true;
    }

    /// <summary>Whether a Stop for that message means this turn. The worker's.</summary>
    public bool Covers(ulong sequence) => sequence > _floor && sequence <= Through;

    /// <summary>Whether the handler has returned.</summary>
    public bool HasReturned => Volatile.Read(ref _hasReturned) != 0;

    /// <summary>The handler has returned, or is waited for no longer. Any thread.</summary>
    public void Return()
    {
        if (Interlocked.Exchange(ref _hasReturned, 1) == 0)
            PostPartIsOver();
    }

    /// <inheritdoc />
    public override void Complete(SessionWorker worker, in LocalAppendResult result)
    {
        switch (result.Status)
        {
            case LocalAppendStatus.HumanHasIt:
                // The reply has come too late. That the messages are dealt with is stored all the same.
                _isDropped = true;
                Finish = Finish.Stopped;
                UnlessHumanAfter = null;
                Messages = [new LocalMessage(SilentForHuman, PayloadKind.Event, InReplyTo: PublishId)];
                if (_pump.Engine.TryAppend(this))
                    return;
                break;
            case LocalAppendStatus.Unavailable when _pump.RetryLater(this):
                return;
            case LocalAppendStatus.DataLoss:
                _pump.OnUnreadable(this, null);
                break;
            case LocalAppendStatus.Stored when _hasReply && !_isDropped:
                StoredAt = result.Sequence - (ulong)Messages.Count + 1;
                break;
        }
        IsDone = true;
        if (IsStreaming)
            worker.SendChunks(this);
        PartIsOver(worker);
    }

    /// <summary>One of the two parts, the append or the handler, is done with. Any thread.</summary>
    public void PostPartIsOver() => _worker.Post(new TurnSignal(this, static (worker, turn) => turn.PartIsOver(worker)));

    private void PartIsOver(SessionWorker worker)
    {
        if (--_partsLeft > 0)
            return;
        worker.OnTurnOver(this);
        _pump.OnOver(this);
    }

    private List<LocalMessage> ComposeUnsynchronized(TurnEnd how)
    {
        var messages = new List<LocalMessage>(2);
        var through = Through;
        if (_payload is not null)
        {
            messages.Add(new LocalMessage(_payload, _kind, InReplyTo: through));
        }
        else if (_text is not null || how == TurnEnd.Stopped)
        {
            Finish = _isTextComplete ? Finish.Complete : how == TurnEnd.Stopped ? Finish.Stopped : Finish.Failed;
            messages.Add(new LocalMessage(_text?.Text ?? default, PayloadKind.Text, InReplyTo: through, Finish: Finish));
        }
        _hasReply = messages.Count > 0;
        if (_newState is not null)
            messages.Add(new LocalMessage(_newState, PayloadKind.Event, InReplyTo: through));
        if (messages.Count == 0)
            messages.Add(new LocalMessage(how == TurnEnd.Completed ? Silent : SilentAfterFailure, PayloadKind.Event, InReplyTo: through));
        return messages;
    }
}
