using System.Runtime.CompilerServices;
using System.Text;
using Wire.Framing;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Sessions;

internal sealed partial class SessionWorker
{
    private readonly ReleaseQueue _pending = new();
    private long _lastEnd;

    // Answers a run that was just appended: at once where level MEMORY allows it, else behind the gate. Its followers see it
    // behind the gate in any case.
    private void Answer(Session session, ulong sequence, ReadOnlySpan<byte> record, long address, long end)
    {
        var ringBytes = session.Subscriptions is { Count: > 0 } ? EncodeForFollowers(session, record) : 0;
        var batch = _run.Batch;
        foreach (ref readonly var range in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_run.Ranges))
        {
            var isMemory = range.Durability == Durability.Memory && batch.PendingAnswers == 0;
            ref var entry = ref Enqueue(PendingKind.Stored, session, batch, end);
            sequence += (ulong)range.Count;
            entry.Durability = (byte)range.Durability;
            entry.PublishId = range.PublishId;
            entry.Sequence = sequence - 1;
            entry.Count = range.Count;
            if (isMemory)
            {
                entry.IsAnswered = true;
                WriteAck(entry, duplicate: false);
            }
            else
            {
                batch.PendingAnswers++;
            }
        }
        // The run's messages are delivered, and the session's durable head moves, with its last range.
        ref var last = ref _pending.LastOrNull;
        last.Address = address;
        last.RingBytes = ringBytes;
    }

    private void AnswerDuplicate(Session session, SessionBatch batch, ProducerTable.Producer producer, ulong publishId, Durability level)
    {
        ref var last = ref _pending.LastOrNull;
        if (!Unsafe.IsNullRef(ref last) && last.Kind == PendingKind.Duplicate && last.Batch == batch && last.Session == session
            && last.Sequence == producer.Sequence && last.Durability == (byte)level)
        {
            last.PublishId = publishId;
            last.Count++;
            return;
        }
        var waits = level != Durability.Memory && session.DurableHead < producer.Sequence;
        ref var entry = ref Enqueue(PendingKind.Duplicate, session, batch, waits ? session.TailEnd : 0);
        entry.Durability = (byte)level;
        entry.PublishId = publishId;
        entry.Sequence = producer.Sequence;
        entry.Count = 1;
        batch.PendingAnswers++;
    }

    // Behind the gate too, because the answers before it are.
    private void Refuse(Session session, SessionBatch batch, ulong publishId, Error error, long end)
    {
        error.SessionId = Encoding.UTF8.GetString(session.Id);
        error.PublishId = publishId;
        ref var entry = ref Enqueue(PendingKind.Refused, session, batch, end);
        entry.Error = error;
        entry.Count = 1;
        batch.PendingAnswers++;
    }

    // The queue is first in, first out: an entry never asks for less than the one before it.
    private ref PendingRelease Enqueue(PendingKind kind, Session session, SessionBatch batch, long end)
    {
        _lastEnd = Math.Max(_lastEnd, end);
        ref var entry = ref _pending.Add();
        entry.Kind = kind;
        entry.End = end == 0 && _pending.Count == 1 ? 0 : _lastEnd;
        entry.Session = session;
        entry.Batch = batch;
        session.Pending++;
        return ref entry;
    }

    // Releases what is on stable storage by now.
    private void ServeGate()
    {
        if (_pending.Count == 0)
            return;
        var durable = _log.DurableAddress;
        while (_pending.Count > 0)
        {
            ref var entry = ref _pending.First;
            if (entry.End > durable)
                break;
            Release(ref entry);
            _pending.RemoveFirst();
        }
        if (_pending.Count > 0 && _log.Health == LogHealth.Failed)
            FailPending();
    }

    private void Release(ref PendingRelease entry)
    {
        entry.Session.Pending--;
        switch (entry.Kind)
        {
            case PendingKind.Stored:
                if (!entry.IsAnswered)
                {
                    entry.Batch.PendingAnswers--;
                    WriteAck(entry, duplicate: false);
                }
                if (entry.Address != 0)
                    OnDurable(entry);
                break;
            case PendingKind.Duplicate:
                entry.Batch.PendingAnswers--;
                WriteAck(entry, duplicate: true);
                break;
            case PendingKind.Refused:
                entry.Batch.PendingAnswers--;
                WriteError(entry.Batch, entry.Error!);
                break;
            case PendingKind.Fetch:
                StartFetch(entry.Session, entry.Batch, entry.Fetch!);
                break;
            case PendingKind.Subscribe:
                StartSubscription(entry.Session, entry.Subscription!);
                break;
        }
    }

    // The log will never say that the rest is stored: whoever waits for that is told to come back and send it again, and
    // reads go on with what is known to be stored.
    private void FailPending()
    {
        while (_pending.Count > 0)
        {
            ref var entry = ref _pending.First;
            switch (entry.Kind)
            {
                case PendingKind.Fetch or PendingKind.Subscribe:
                    Release(ref entry);
                    break;
                default:
                    entry.Session.Pending--;
                    if (!entry.IsAnswered)
                    {
                        entry.Batch.PendingAnswers--;
                        entry.Batch.Connection.Abort(StorageUnavailable());
                    }
                    if (entry.RingBytes > 0)
                        _ring.Release(entry.RingBytes);
                    break;
            }
            _pending.RemoveFirst();
        }
    }

    private void WriteAck(in PendingRelease entry, bool duplicate)
    {
        Span<byte> ack = stackalloc byte[FrameWriter.MaxAckBytes];
        var length = FrameWriter.WriteAck(ack, entry.Session.Id, entry.PublishId, entry.Sequence, (uint)entry.Count, duplicate, entry.Durability);
        var connection = entry.Batch.Connection;
        connection.Outbox.Write(ack[..length]);
        Touch(entry.Batch);
        connection.Answered(entry.Count);
    }

    private void WriteError(SessionBatch batch, Error error)
    {
        batch.Connection.Outbox.WriteFrame(new Frame { Error = error });
        Touch(batch);
        batch.Connection.Answered(1);
    }
}
