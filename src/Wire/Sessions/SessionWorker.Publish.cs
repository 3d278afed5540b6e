using System.Buffers;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Sessions;

internal sealed partial class SessionWorker
{
    /// <summary>A session gets a checkpoint every so many runs, so that loading it reads no more than these.</summary>
    internal const int RunsBetweenCheckpoints = 256;

    // As many as fetches are in hand of one connection.
    private const int CommandsAhead = ConnectionIntake.MaxFetchesInHand;

    private readonly RunWriter _writer;
    private readonly Queue<Session> _loaded = new();
    private OpenRun _run;

    // The batch that is being taken, which may have met a busy log, and where it goes on.
    private SessionBatch? _current;
    private int _currentAt;

    // Of no use but that what it is made of is read.
    private ulong _lookedAhead;

    // Takes the batch from an index on. False where the log is busy; it then goes on at that place.
    private bool Process(SessionBatch batch, int index)
    {
        _current = batch;
        var connection = batch.Connection;
        var items = batch.Items;
        var count = batch.Count;
        if (count - index > 1 && items[index].Command is not null)
            LookAhead(items.AsSpan(index, Math.Min(count - index, CommandsAhead)));
        for (; index < count; index++)
        {
            if (connection.IsMarked)
            {
                DropRun();
                break;
            }
            ref var item = ref items[index];
            if (_run.IsOpen && TryExtend(ref item))
                continue;
            if (!TryCloseRun())
                return Pause(index);
            Begin(batch, ref item, index);
        }
        if (!TryCloseRun())
            return Pause(count);
        _current = null;
        OnTaken(batch);
        return true;
    }

    // Commands name one session each, and most of a hundred thousand are in no cache: looked at one right after the other they come
    // from memory together. What is taken in between, an object and a lock, keeps the processor from that.
    private void LookAhead(Span<BatchItem> items)
    {
        foreach (ref var item in items)
        {
            if (item.Command is not null && _sessions.TryGet(item.SessionId, out var session))
                _lookedAhead += (ulong)session.State + session.DurableHead;
        }
    }

    // The batch is through, but for what is parked.
    private void OnTaken(SessionBatch batch)
    {
        if (batch.Parked > 0)
            return;
        batch.LastSession = null; // an idle connection keeps no session in memory
        if (batch.PendingAnswers > MaxPendingAnswers)
            batch.IsHeld = true;
        else if (!HoldsForTurns(batch))
            batch.Intake.Complete();
    }

    // Goes on with the batch that met a busy log. False where it is still busy: the log will schedule this worker.
    private bool Resume() => _current is null || Process(_current, _currentAt);

    private bool Pause(int index)
    {
        _currentAt = index;
        return false;
    }

    // The common case: the next publish of the run's producer to the run's session, with nothing to check but its id.
    private bool TryExtend(ref BatchItem item)
    {
        ref var publish = ref item.Publish;
        if (item.Command is not null || item.Refusal is not null || _run.RecordLength != 0
            || publish.HasExpectedHead || publish.PublishId <= _run.LastPublishId
            || !publish.Session.SequenceEqual(_run.Session!.Id) || !_writer.Fits(publish.PayloadLength))
            return false;
        Extend(ref publish);
        return true;
    }

    private void Extend(ref Framing.PublishSlice publish)
    {
        _writer.Add(publish.PublishId, publish.Kind, publish.Channel, (int)Finish.Complete, publish.Durability, publish.InReplyTo, publish.Payload);
        _run.HasEvents |= publish.Kind == (int)PayloadKind.Event;
        _run.Note(publish.PublishId, publish.Durability);
    }

    private void Begin(SessionBatch batch, ref BatchItem item, int index)
    {
        if (batch.Lost is not null && item.Command is null && batch.Lost.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(item.SessionId, out var session))
        {
            Take(session, batch, ref item);
            return;
        }
        session = Find(batch, item.SessionId);
        if (session.State == SessionState.Loading)
        {
            batch.Parked++;
            (session.Parked ??= new()).Enqueue(new Session.ParkedItem(batch, index));
            return;
        }
        Take(session, batch, ref item);
    }

    // Takes one item of a loaded session, with no run open.
    private void Take(Session session, SessionBatch batch, ref BatchItem item)
    {
        if (item.Command is not null)
        {
            TakeCommand(session, batch, item.Command);
            return;
        }
        ref var publish = ref item.Publish;
        if (item.Refusal is not null)
        {
            Refuse(session, batch, publish.PublishId, item.Refusal, 0);
            return;
        }
        if (session.IsDamaged)
        {
            (batch.Lost ??= new(SessionIdComparer.Instance)).TryAdd(session.Id, session);
            Refuse(session, batch, publish.PublishId, DataLoss(), 0);
            return;
        }

        var producer = session.Producers.Find(batch.Connection.ClientIdUtf8);
        if (producer is not null && publish.PublishId <= producer.PublishId)
        {
            AnswerDuplicate(session, batch, producer, publish.PublishId, (Durability)publish.Durability);
            return;
        }
        if (publish.HasExpectedHead && publish.ExpectedHead != session.Head)
        {
            var error = new Error
            {
                Code = ErrorCode.Conflict,
                Detail = "expected_head is not the session's head",
                HeadSequence = session.Head,
            };
            Refuse(session, batch, publish.PublishId, error, session.DurableHead < session.Head ? session.TailEnd : 0);
            return;
        }

        _run.Session = session;
        _run.Batch = batch;
        _run.Producer = producer;
        _writer.Begin(session.Id, batch.Connection.ClientIdUtf8);
        Extend(ref publish);
    }

    private Session Find(SessionBatch batch, ReadOnlySpan<byte> id)
    {
        if (batch.LastSession is { State: not SessionState.Evicted } last && id.SequenceEqual(last.Id))
        {
            last.IsUsed = true;
            return last;
        }
        return batch.LastSession = Find(id);
    }

    // The session, which may have to be loaded first.
    private Session Find(ReadOnlySpan<byte> id)
    {
        if (_sessions.TryGet(id, out var session))
        {
            session.IsUsed = true;
            return session;
        }
        session = new Session(id.ToArray(), _engine.Options.ProducersPerSession);
        _sessions.Add(session);
        if (_log.TryFind(id, 0, out _))
        {
            session.State = SessionState.Loading;
            SessionLoader.Start(session, this, _log);
        }
        return session;
    }

    /// <summary>The loader is done with a session.</summary>
    public void OnLoaded(Session session, Exception? exception)
    {
        if (session.IsDamaged)
            _engine.OnSessionDamaged(session.IndexedAddress, exception);
        _loaded.Enqueue(session);
    }

    // What was parked for loaded sessions goes on, in order, before anything else names them. False where the log is busy.
    private bool TakeParked()
    {
        while (_loaded.TryPeek(out var session))
        {
            while (session.Parked?.TryPeek(out var parked) == true)
            {
                var batch = parked.Batch;
                if (!batch.Connection.IsMarked)
                {
                    ref var item = ref batch.Items[parked.Index];
                    if (!_run.IsOpen || _run.Batch != batch || !TryExtend(ref item))
                    {
                        if (!TryCloseRun())
                            return false;
                        Take(session, batch, ref item);
                    }
                }
                session.Parked.Dequeue();
                // Its bytes are copied. A batch that is still being taken is completed there.
                if (--batch.Parked == 0 && batch != _current)
                    OnTaken(batch);
            }
            if (!TryCloseRun())
                return false;
            session.Parked = null;
            session.State = SessionState.Loaded;
            session.First = Math.Max(session.First, Math.Min(session.RetiredUntil, session.Head + 1));
            _loaded.Dequeue();
            while (session.ParkedAppends?.TryDequeue(out var append) == true)
            {
                if (session.IsDamaged)
                    Tell(append, new LocalAppendResult(LocalAppendStatus.DataLoss));
                else
                    _appends.Enqueue(append);
            }
            session.ParkedAppends = null;
            if (session.IsDamaged)
            {
                FailRetirements(session);
                Forget(session); // whoever asks next has it read again
            }
            else
                LookForTurn(session);
        }
        return TryCloseRun(); // the batch that goes on now may be another producer's
    }

    private bool TryCloseRun()
    {
        if (!_run.IsOpen)
            return true;
        var session = _run.Session!;
        var batch = _run.Batch;
        if (batch.Connection.IsMarked)
        {
            DropRun();
            return true;
        }

        if (_run.RecordLength == 0)
            _run.Stamp = StampFor(session, _run.Count);
        var chain = session.Chain.Next;
        var record = _writer.Complete((byte)batch.Connection.Role, chain, session.Head + 1, _run.Stamp.FirstId, _run.Stamp.Timestamp);
        _run.RecordLength = record.Length;
        switch (_log.Append(record, out var address, out var end))
        {
            case AppendStatus.Busy:
                return false;
            case AppendStatus.Unavailable:
                batch.Connection.Abort(StorageUnavailable());
                break;
            default:
                Commit(session, record, address, end);
                break;
        }
        DropRun();
        return true;
    }

    private void Commit(Session session, ReadOnlySpan<byte> record, long address, long end)
    {
        var first = session.Head + 1;
        var connection = _run.Batch.Connection;
        var producer = _run.Producer is { IsForgotten: false } ? _run.Producer : session.Producers.Find(connection.ClientIdUtf8);
        MoveOn(session, producer, connection.ClientIdUtf8, _run.LastPublishId, _run.Count, _run.Stamp, address, end);
        if (_run.HasEvents)
            SessionLoader.NoteMessages(ref session.Newest, record);
        else
            session.Newest.Note(session.Head, connection.Role, connection.ClientIdUtf8, PayloadKind.Text, default);

        Answer(session, first, record, address, end);
        AppendCheckpointIfDue(session);
    }

    // The session has a new run: all but what handlers need to know of it.
    private static void MoveOn(Session session, ProducerTable.Producer? producer, byte[] clientId, ulong publishId, int count,
        RunStamp stamp, long address, long end)
    {
        session.Head += (ulong)count;
        if (session.First == 0)
            session.First = 1;
        session.LastPackedId = stamp.FirstId + count - 1;
        session.LastTimestamp = stamp.Timestamp;
        session.Chain.Append(address, isCheckpoint: false);
        session.TailEnd = end;
        session.Producers.Store(producer, clientId, publishId, session.Head);
    }

    private void AppendCheckpointIfDue(Session session)
    {
        if (session.Chain.RunNumber - session.Chain.Checkpoint.RunNumber >= RunsBetweenCheckpoints)
            TryAppendCheckpoint(session);
    }

    // Where the log is busy the session gets its checkpoint after the next run.
    private AppendStatus TryAppendCheckpoint(Session session)
    {
        var size = SessionCheckpointWriter.Size(session);
        if (size + RecordHeader.MaxOverhead > _log.MaxRecordBytes)
            return AppendStatus.Unavailable; // its runs are all that restores it
        var body = ArrayPool<byte>.Shared.Rent(size);
        SessionCheckpointWriter.Write(body, session);
        _writer.Begin(session.Id, []);
        var record = _writer.CompleteCheckpoint(session.Chain.Next, session.Head, session.LastPackedId, session.LastTimestamp, body.AsSpan(0, size));
        ArrayPool<byte>.Shared.Return(body);
        var status = _log.Append(record, out var address, out var end);
        if (status == AppendStatus.Appended)
        {
            session.Chain.Append(address, isCheckpoint: true);
            Enqueue(PendingKind.Checkpoint, session, null, end);
        }
        return status;
    }

    private void DropRun()
    {
        var ranges = _run.Ranges;
        ranges.Clear();
        _run = default;
        _run.Ranges = ranges;
    }

    // The clock is read once a batch: where each message is a run of its own, it is not a small part of what that costs.
    private RunStamp StampFor(Session session, int count)
    {
        if (_now == default)
            _now = _time.GetUtcNow();
        var nanoseconds = (_now - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        return new RunStamp(_engine.Ids.Take(count, _now), Math.Max(session.LastTimestamp, nanoseconds));
    }

    private static Error DataLoss() => new()
    {
        Code = ErrorCode.DataLoss,
        Detail = "stored data of the session is damaged",
    };
}
