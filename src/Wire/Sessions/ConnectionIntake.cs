using System.Buffers;
using System.Threading.Tasks.Sources;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Sessions;

/// <summary>
/// Takes what a read loop has read: finds the frames in place, checks them, and gathers those that name a session into one
/// batch for each worker concerned. For one read loop, one call at a time.
/// </summary>
internal sealed class ConnectionIntake : IValueTaskSource, IDisposable
{
    /// <summary>Fetches that are in hand at once (protocol.md, Following and history).</summary>
    public const int MaxFetchesInHand = 4;

    // Keeps the items of one read small where frames are tiny; the rest of the buffer is taken right after.
    internal const int MaxItemsPerTake = 4096;

    private readonly WireEngine _engine;
    private readonly WireConnection _connection;
    private readonly FrameScratch _scratch = new();
    private readonly SessionBatch?[] _batches;
    private readonly Durability _default;
    private readonly bool _canPromiseDisk;
    private ManualResetValueTaskSourceCore<bool> _dispatched;
    private TaskCompletionSource? _room;
    private int _outstanding;
    private int _items;
    private int _answers;
    private int _lastWorker;

    public ConnectionIntake(WireEngine engine, WireConnection connection)
    {
        _engine = engine;
        _connection = connection;
        _batches = new SessionBatch?[engine.Workers.Length];
        _canPromiseDisk = engine.Log.CanPromiseDisk;
        _default = engine.DefaultDurability;
        _dispatched.RunContinuationsAsynchronously = true;
        connection.Intake = this;
    }

    /// <summary>What ends the connection, after <see cref="IntakeStatus.Fatal"/>.</summary>
    public Error? Error { get; private set; }

    /// <summary>Takes the complete frames of <paramref name="buffer"/>, up to <paramref name="consumed"/>.</summary>
    public IntakeStatus Take(in ReadOnlySequence<byte> buffer, out SequencePosition consumed)
    {
        var reader = new FrameReader(buffer, _engine.Options.MaxFrameBytes, _scratch);
        var single = _batches.Length == 1 ? Batch(0) : null;
        ReadOnlySpan<byte> lastSession = default;
        var length = buffer.Length;
        var other = default(PublishSlice);
        while (_items < MaxItemsPerTake)
        {
            if (reader.ConsumedBytes == length)
            {
                consumed = buffer.End;
                return IntakeStatus.Drained;
            }
            // With one worker the reader writes the slices where they stay.
            ref var slice = ref other;
            if (single is not null)
                slice = ref single.Next().Publish;
            switch (reader.Read(out slice))
            {
                case FrameStatus.Publish:
                    AddPublish(single, ref slice, ref lastSession);
                    break;
                case FrameStatus.Other:
                    if (!reader.TryParse(out var frame))
                        return Fail(ErrorCode.BadFrame, "the bytes are not a protobuf message", consumed = reader.Consumed);
                    if (frame.BodyCase == ClientFrame.BodyOneofCase.Fetch && !TakeFetch())
                    {
                        consumed = reader.ConsumedBefore;
                        return IntakeStatus.Waiting;
                    }
                    if (frame.BodyCase == ClientFrame.BodyOneofCase.Hello)
                        return Fail(ErrorCode.BadFrame, "a second Hello", consumed = reader.Consumed);
                    TakeFrame(frame, ref lastSession);
                    break;
                case FrameStatus.Incomplete:
                    consumed = reader.Consumed;
                    return IntakeStatus.Drained;
                default:
                    return Fail(reader.ErrorCode, reader.Detail, consumed = reader.Consumed);
            }
        }
        consumed = reader.Consumed;
        return IntakeStatus.Waiting;
    }

    /// <summary>
    /// Hands the batches over. It completes when every worker has taken its items: only then may the read loop let go of the
    /// bytes. It waits where a worker's queue is full, and so holds the sender back.
    /// </summary>
    public ValueTask DispatchAsync()
    {
        if (_items == 0)
        {
            Release();
            return ValueTask.CompletedTask;
        }
        _connection.Expect(_answers);
        _dispatched.Reset();
        // One more than the batches, until all are handed over.
        _outstanding = 1;
        SessionWorker? last = null;
        for (var i = 0; i < _batches.Length; i++)
        {
            if (_batches[i] is not { Count: > 0 } batch)
                continue;
            last?.Schedule();
            last = _engine.Workers[i];
            Interlocked.Increment(ref _outstanding);
            if (!last.TryEnqueue(batch))
                return DispatchSlowAsync(i);
        }
        last?.Run();
        Complete();
        return new ValueTask(this, _dispatched.Version);
    }

    /// <summary>A worker has taken all of its batch. Any thread.</summary>
    public void Complete()
    {
        if (Interlocked.Decrement(ref _outstanding) == 0)
            _dispatched.SetResult(true);
    }

    /// <summary>A fetch was answered, or none will be any more: the read loop may wait for that. Any thread.</summary>
    public void OnRoom() => Volatile.Read(ref _room)?.TrySetResult();

    /// <summary>
    /// After <see cref="IntakeStatus.Waiting"/> and the dispatch: completes when the next frame can be taken, or the outbox is
    /// closed, so that none has to be.
    /// </summary>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (HasNoRoom)
        {
            var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _room, room); // with its fence: whoever answers from now on finds it
            if (!HasNoRoom)
                break;
            await room.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends what the connection follows, at each worker.</summary>
    public void EndSubscriptions()
    {
        for (var i = 0; i < _batches.Length; i++)
        {
            if (_batches[i] is { } batch)
                _engine.Workers[i].Post(new DisconnectedSignal(batch));
        }
    }

    public void Dispose() => Release();

    void IValueTaskSource.GetResult(short token)
    {
        _dispatched.GetResult(token);
        Release();
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _dispatched.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _dispatched.OnCompleted(continuation, state, token, flags);

    private async ValueTask DispatchSlowAsync(int index)
    {
        await _engine.Workers[index].EnqueueAsync(_batches[index]!).ConfigureAwait(false);
        for (var i = index + 1; i < _batches.Length; i++)
        {
            if (_batches[i] is not { Count: > 0 } batch)
                continue;
            Interlocked.Increment(ref _outstanding);
            await _engine.Workers[i].EnqueueAsync(batch).ConfigureAwait(false);
        }
        Complete();
        await new ValueTask(this, _dispatched.Version).ConfigureAwait(false);
    }

    private void Release()
    {
        foreach (var batch in _batches)
            batch?.Clear();
        _scratch.Reset();
        _items = 0;
        _answers = 0;
    }

    private IntakeStatus Fail(ErrorCode code, string detail, SequencePosition _)
    {
        Error = new Error { Code = code, Detail = detail, Fatal = true };
        return IntakeStatus.Fatal;
    }

    private void AddPublish(SessionBatch? single, ref PublishSlice slice, ref ReadOnlySpan<byte> lastSession)
    {
        var session = slice.Session;
        // A pipelined producer names the same session again and again: it is checked, authorised and routed once.
        if (session.IsEmpty || !session.SequenceEqual(lastSession))
        {
            if (!IdRules.IsValid(session))
            {
                Refuse(ErrorCode.InvalidArgument, "session_id must be 1 to 128 bytes of UTF-8 without control characters", "", slice.PublishId, 0);
                return;
            }
            lastSession = session;
            _lastWorker = _engine.WorkerOf(session);
        }

        var refusal = Resolve(ref slice);
        if (single is not null)
            single.Take(refusal);
        else
            Batch(_lastWorker).Add(slice, refusal);
        _items++;
        _answers++;
    }

    // Resolves DEFAULT, and says what is wrong where something is.
    private Error? Resolve(ref PublishSlice slice)
    {
        if (slice.Durability == (int)Durability.Default)
            slice.Durability = (int)_default;
        if (slice.PublishId != 0 && (slice.Durability == (int)Durability.Memory || slice.Durability == (int)Durability.Disk && _canPromiseDisk))
            return null;
        return new Error
        {
            Code = ErrorCode.InvalidArgument,
            Detail = slice.PublishId == 0 ? "publish_id must be at least 1"
                : slice.Durability == (int)Durability.Disk ? "durability: this server's log is in memory and cannot promise DISK"
                : "durability must be DEFAULT, MEMORY or DISK",
        };
    }

    private bool HasNoRoom => _connection.FetchesInHand >= MaxFetchesInHand && !_connection.Outbox.IsClosed;

    private bool TakeFetch()
    {
        if (_connection.FetchesInHand >= MaxFetchesInHand)
            return false;
        _connection.FetchTaken();
        return true;
    }

    private void TakeFrame(ClientFrame frame, ref ReadOnlySpan<byte> lastSession)
    {
        switch (frame.BodyCase)
        {
            case ClientFrame.BodyOneofCase.Ping:
                Span<byte> pong = stackalloc byte[FrameWriter.MaxHeartbeatBytes];
                _connection.Outbox.Write(pong[..FrameWriter.WritePong(pong, frame.Ping.Nonce)]);
                _connection.Outbox.Flush();
                break;
            case ClientFrame.BodyOneofCase.Pong:
                break;
            case ClientFrame.BodyOneofCase.Publish:
                var slice = PublishSlice.CopyOf(frame.Publish, _scratch);
                AddPublish(null, ref slice, ref lastSession);
                break;
            case ClientFrame.BodyOneofCase.Subscribe:
                AddCommand(frame, frame.Subscribe.SessionId.Span, answers: 1);
                break;
            case ClientFrame.BodyOneofCase.Unsubscribe:
                AddCommand(frame, frame.Unsubscribe.SessionId.Span, answers: 0);
                break;
            case ClientFrame.BodyOneofCase.Fetch:
                if (frame.Fetch.Limit > ProtocolLimits.MaxPageMessages)
                    RefuseFetch("limit must be at most 1000", frame.Fetch.RequestId);
                else
                    AddCommand(frame, frame.Fetch.SessionId.Span, answers: 1);
                break;
            case ClientFrame.BodyOneofCase.Stop:
                AddCommand(frame, frame.Stop.SessionId.Span, answers: 0);
                break;
            case ClientFrame.BodyOneofCase.Signal:
                AddCommand(frame, frame.Signal.SessionId.Span, answers: 0);
                break;
            default:
                Refuse(ErrorCode.BadFrame, "a frame without a body that a client may send", "", 0, 0);
                break;
        }
    }

    private void AddCommand(ClientFrame frame, ReadOnlySpan<byte> session, int answers)
    {
        if (!IdRules.IsValid(session))
        {
            const string Detail = "session_id must be 1 to 128 bytes of UTF-8 without control characters";
            if (frame.BodyCase == ClientFrame.BodyOneofCase.Fetch)
                RefuseFetch(Detail, frame.Fetch.RequestId);
            else if (frame.BodyCase != ClientFrame.BodyOneofCase.Signal) // a refused signal is dropped in silence
                Refuse(ErrorCode.InvalidArgument, Detail, "", 0, 0);
            return;
        }
        Batch(_engine.WorkerOf(session)).Add(frame);
        _items++;
        _answers += answers;
    }

    private void RefuseFetch(string detail, uint requestId)
    {
        _connection.FetchAnswered();
        Refuse(ErrorCode.InvalidArgument, detail, "", 0, requestId);
    }

    private void Refuse(ErrorCode code, string detail, string sessionId, ulong publishId, uint requestId)
    {
        var frame = new Frame
        {
            Error = new Error { Code = code, Detail = detail, SessionId = sessionId, PublishId = publishId, RequestId = requestId },
        };
        _connection.Outbox.WriteFrame(frame);
        _connection.Outbox.Flush();
    }

    private SessionBatch Batch(int worker) => _batches[worker] ??= new SessionBatch(this, _connection);
}
