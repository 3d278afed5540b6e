using Wire.Log;
using Wire.Protocol;
using Wire.Subscriptions;

namespace Wire.Sessions;

// What the process itself appends: publishes in process, and the turns of handlers.
internal sealed partial class SessionWorker
{
    // In order: one that meets a busy log holds up those behind it, and the batches too.
    private readonly Queue<LocalAppend> _appends = new();

    public void Take(LocalAppend append) => _appends.Enqueue(append);

    // With no run open. False where the log is busy.
    private bool TakeAppends()
    {
        while (_appends.TryPeek(out var append))
        {
            var session = Find(append.SessionId);
            if (session.State == SessionState.Loading)
                (session.ParkedAppends ??= new()).Enqueue(append);
            else if (!TryTake(session, append))
                return false;
            _appends.Dequeue();
        }
        return true;
    }

    private bool TryTake(Session session, LocalAppend append)
    {
        if (session.IsDamaged)
        {
            Tell(append, new LocalAppendResult(LocalAppendStatus.DataLoss));
            return true;
        }
        var producer = session.Producers.Find(append.ClientId);
        if (append.PublishId == 0)
            append.PublishId = (producer?.PublishId ?? 0) + 1;
        if (producer is not null && append.PublishId <= producer.PublishId)
        {
            Tell(session, append, LocalAppendStatus.Duplicate, producer.Sequence);
            return true;
        }
        if (append.ExpectedHead is { } expected && expected != session.Head)
        {
            Tell(session, append, LocalAppendStatus.Conflict, session.Head);
            return true;
        }
        if (append.UnlessHumanAfter is { } seen && session.Newest.HumanTookItAfter(seen))
        {
            Tell(append, new LocalAppendResult(LocalAppendStatus.HumanHasIt));
            return true;
        }
        return TryAppend(session, producer, append);
    }

    private bool TryAppend(Session session, ProducerTable.Producer? producer, LocalAppend append)
    {
        var count = append.Messages.Count;
        _writer.Begin(session.Id, append.ClientId);
        foreach (var message in append.Messages)
        {
            _writer.Add(append.PublishId, (int)message.Kind, (int)message.Channel, (int)message.Finish, (int)append.Durability,
                message.InReplyTo, message.Payload.Span);
        }
        var stamp = StampFor(session, count);
        var record = _writer.Complete((byte)append.Role, session.Chain.Next, session.Head + 1, stamp.FirstId, stamp.Timestamp, atomic: count > 1);
        switch (_log.Append(record, out var address, out var end))
        {
            case AppendStatus.Busy:
                return false;
            case AppendStatus.Unavailable:
                Tell(append, new LocalAppendResult(LocalAppendStatus.Unavailable));
                return true;
        }

        MoveOn(session, producer, append.ClientId, append.PublishId, count, stamp, address, end);
        SessionLoader.NoteMessages(ref session.Newest, record);
        var isFollowed = session.Subscriptions is { Count: > 0 };
        var ringBytes = isFollowed ? EncodeForFollowers(session, record) : 0;
        ref var entry = ref Enqueue(PendingKind.Local, session, null, end);
        entry.Sequence = session.Head;
        entry.Address = address;
        entry.RingBytes = ringBytes;
        var isToldAtOnce = append.Durability == Durability.Memory && _log.CanPromiseDisk;
        if (!isToldAtOnce)
            entry.Local = append;
        if (isFollowed || !isToldAtOnce)
            _awaitedEnd = end;
        if (isToldAtOnce)
            Tell(append, new LocalAppendResult(LocalAppendStatus.Stored, session.Head, append.PublishId));
        AppendCheckpointIfDue(session);
        return true;
    }

    // What is told holds: the sequence is on stable storage first, unless MEMORY was asked for.
    private void Tell(Session session, LocalAppend append, LocalAppendStatus status, ulong sequence)
    {
        if (append.Durability == Durability.Memory || session.DurableHead >= sequence)
        {
            Tell(append, new LocalAppendResult(status, sequence, append.PublishId, RangeOf(session)));
            return;
        }
        ref var entry = ref Enqueue(PendingKind.Local, session, null, session.TailEnd);
        entry.Sequence = sequence;
        entry.Local = append;
        entry.LocalStatus = status;
        _awaitedEnd = entry.End;
    }

    private void ReleaseLocal(in PendingRelease entry)
    {
        if (entry.Address != 0)
            OnDurable(entry);
        if (entry.Local is { } append)
            Tell(append, new LocalAppendResult(entry.LocalStatus, entry.Sequence, append.PublishId, RangeOf(entry.Session)));
    }

    private void Tell(LocalAppend append, in LocalAppendResult result)
    {
        append.Complete(this, result);
        _engine.AppendDone();
    }

    private static StoredRange RangeOf(Session session) => new(session.First, session.DurableHead, session.DurableTail);
}
