using System.Runtime.CompilerServices;
using System.Text;
using Wire.Framing;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Sessions;

internal sealed partial class SessionWorker
{
    /// <summary>
    /// Answers of one connection that may wait behind the gate; beyond it the connection's read loop waits for its bytes, so
    /// that a slow disk holds back those who send what costs no room in the log.
    /// </summary>
    internal const int MaxPendingAnswers = 4096;

    /// <summary>What nobody waits for goes to stable storage once it is so much, or so old.</summary>
    internal const int LazyFlushBytes = 1024 * 1024;
    internal static readonly TimeSpan LazyFlushAge = TimeSpan.FromMilliseconds(5);

    private readonly ReleaseQueue _pending = new();
    private readonly ITimer _lazyFlush;
    private bool _lazyFlushIsArmed;
    private int _lazyFlushIsDue;
    private long _lastEnd;

    // The newest end that an answer or a follower waits for.
    private long _awaitedEnd;

    // Whether the newest entry is a range of duplicates that waits for nothing, and is answered as soon as it can grow no more.
    private bool _hasOpenDuplicates;

    // Answers a run that was just appended: at once where level MEMORY allows it, else behind the gate. Its followers see it
    // behind the gate in any case.
    private void Answer(Session session, ulong sequence, ReadOnlySpan<byte> record, long address, long end)
    {
        var ringBytes = session.Subscriptions is { Count: > 0 } ? EncodeForFollowers(session, record) : 0;
        var batch = _run.Batch;
        foreach (ref readonly var range in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_run.Ranges))
        {
            ref var entry = ref Enqueue(PendingKind.Stored, session, batch, end);
            sequence += (ulong)range.Count;
            entry.Durability = (byte)range.Durability;
            entry.PublishId = range.PublishId;
            entry.Sequence = sequence - 1;
            entry.Count = range.Count;
            if (range.Durability != Durability.Memory || session.Subscriptions is { Count: > 0 })
                _awaitedEnd = end;
            if (range.Durability != Durability.Memory)
                Await(batch);
            else if (!TryFollow(batch))
                WriteAnswer(ref entry);
        }
        // The run's messages are delivered, and the session's durable head moves, with its last range.
        ref var last = ref _pending.LastOrNull;
        last.Address = address;
        last.RingBytes = ringBytes;
    }

    private void AnswerDuplicate(Session session, SessionBatch batch, ProducerTable.Producer producer, ulong publishId, Durability level)
    {
        ref var last = ref _pending.LastOrNull;
        if (!Unsafe.IsNullRef(ref last) && last.Kind == PendingKind.Duplicate && !last.IsAnswered && last.Batch == batch && last.Session == session
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
        if (waits)
            Await(batch);
        else
            _hasOpenDuplicates = !TryFollow(batch);
    }

    // An end of 0: what the refusal says holds already, and it waits for no more than the answers before it.
    private void Refuse(Session session, SessionBatch batch, ulong publishId, Error error, long end)
    {
        error.SessionId = Encoding.UTF8.GetString(session.Id);
        error.PublishId = publishId;
        if (end == 0 && batch.PendingAnswers == 0)
        {
            CloseDuplicates();
            WriteError(batch, error);
            return;
        }
        ref var entry = ref Enqueue(PendingKind.Refused, session, batch, end);
        entry.Error = error;
        entry.Count = 1;
        if (end == 0)
            TryFollow(batch);
        else
            Await(batch);
    }

    // The newest entry is an answer that the gate holds.
    private void Await(SessionBatch batch)
    {
        batch.PendingAnswers++;
        batch.LastAnswer = _pending.LastPosition;
    }

    // The newest entry is an answer that waits for no more than the answers before it: it follows the last of these. False
    // where there is none.
    private bool TryFollow(SessionBatch batch)
    {
        if (batch.PendingAnswers == 0)
            return false;
        _pending.At(batch.LastAnswer).Follower = _pending.LastPosition;
        Await(batch);
        return true;
    }

    private void CloseDuplicates()
    {
        if (!_hasOpenDuplicates)
            return;
        _hasOpenDuplicates = false;
        WriteAnswer(ref _pending.LastOrNull);
    }

    // The queue is first in, first out: an entry never asks for less than the one before it.
    private ref PendingRelease Enqueue(PendingKind kind, Session session, SessionBatch? batch, long end)
    {
        CloseDuplicates();
        _lastEnd = Math.Max(_lastEnd, end);
        ref var entry = ref _pending.Add();
        entry.Kind = kind;
        entry.End = end == 0 && _pending.Count == 1 ? 0 : _lastEnd;
        if (kind is not (PendingKind.Stored or PendingKind.Local) && (end != 0 || kind == PendingKind.Subscribe))
            _awaitedEnd = entry.End; // behind what was appended for others, too
        entry.Session = session;
        entry.Batch = batch!;
        session.Pending++;
        return ref entry;
    }

    // Once a round, so that a flush takes all that the round brought. What was acknowledged at level MEMORY and is followed by
    // nobody is not worth a flush of its own: it goes with the next one, or when it is much or old enough.
    private void FlushLog()
    {
        var isDue = _lazyFlushIsArmed && Interlocked.Exchange(ref _lazyFlushIsDue, 0) != 0;
        if (isDue)
            _lazyFlushIsArmed = false;
        var durable = _log.DurableAddress;
        var isBlocked = _current is not null || _run.IsOpen || _appends.Count > 0 || _retirements.Count > 0; // by a busy log, which may wait for just that
        if (_lastEnd <= durable && !isBlocked)
            return;
        if (isDue || _awaitedEnd > durable || _lastEnd - durable >= LazyFlushBytes || isBlocked)
            _log.Flush();
        else if (!_lazyFlushIsArmed)
        {
            _lazyFlushIsArmed = true;
            _lazyFlush.Change(LazyFlushAge, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnLazyFlush()
    {
        Volatile.Write(ref _lazyFlushIsDue, 1);
        Schedule();
    }

    // Releases what is on stable storage by now.
    private void ServeGate()
    {
        if (_pending.Count == 0)
            return;
        CloseDuplicates();
        if (ReleaseUpTo(_log.DurableAddress) || _log.Health != LogHealth.Failed)
            return;
        // What came to be stored before the log failed counts.
        if (!ReleaseUpTo(_log.DurableAddress))
            FailPending();
    }

    // False where something still waits.
    private bool ReleaseUpTo(long durable)
    {
        while (_pending.Count > 0)
        {
            ref var entry = ref _pending.First;
            if (entry.End > durable)
                return false;
            Release(ref entry);
            _pending.RemoveFirst();
        }
        return true;
    }

    private void Release(ref PendingRelease entry)
    {
        if (--entry.Session.Pending == 0)
            _freed++;
        switch (entry.Kind)
        {
            case PendingKind.Stored:
                if (!entry.IsAnswered)
                    AnswerWithFollowers(ref entry);
                if (entry.Address != 0)
                    OnDurable(entry);
                break;
            case PendingKind.Duplicate or PendingKind.Refused:
                if (!entry.IsAnswered)
                    AnswerWithFollowers(ref entry);
                break;
            case PendingKind.Local:
                ReleaseLocal(entry);
                break;
            case PendingKind.Fetch:
                StartFetch(entry.Session, entry.Batch, entry.Fetch!);
                break;
            case PendingKind.Subscribe:
                StartSubscription(entry.Session, entry.Subscription!);
                break;
            case PendingKind.Checkpoint:
                break; // the session had to wait for it
        }
    }

    // Gives an answer that was held, and those that waited only for it.
    private void AnswerWithFollowers(ref PendingRelease entry)
    {
        var batch = entry.Batch;
        while (true)
        {
            WriteAnswer(ref entry);
            NoteReleased(batch);
            if (entry.Follower == 0)
                return;
            entry = ref _pending.At(entry.Follower);
        }
    }

    private static void NoteReleased(SessionBatch batch)
    {
        batch.PendingAnswers--;
        if (batch.IsHeld && batch.PendingAnswers <= MaxPendingAnswers / 2)
        {
            batch.IsHeld = false;
            batch.Intake.Complete();
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
                case PendingKind.Checkpoint:
                    break; // it still counts: the session stays, since the end of its chain cannot be read
                case PendingKind.Local:
                    entry.Session.Pending--;
                    if (entry.Local is { } append)
                        Tell(append, new LocalAppendResult(LocalAppendStatus.Unavailable));
                    if (entry.RingBytes > 0)
                        _ring.Release(entry.RingBytes);
                    break;
                default:
                    entry.Session.Pending--;
                    if (!entry.IsAnswered)
                    {
                        NoteReleased(entry.Batch);
                        entry.Batch.Connection.Abort(StorageUnavailable());
                    }
                    if (entry.RingBytes > 0)
                        _ring.Release(entry.RingBytes);
                    break;
            }
            _pending.RemoveFirst();
        }
    }

    private void WriteAnswer(ref PendingRelease entry)
    {
        entry.IsAnswered = true;
        if (entry.Kind == PendingKind.Refused)
            WriteError(entry.Batch, entry.Error!);
        else
            WriteAck(entry, entry.Kind == PendingKind.Duplicate);
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
