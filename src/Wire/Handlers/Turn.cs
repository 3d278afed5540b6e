using Wire.Client;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Subscriptions;

namespace Wire.Handlers;

/// <summary>
/// One turn of the handler in one session: from the worker's decision, through the handler's task, to the append of what it
/// leaves behind. It is over for the session once that is told and the handler has returned, whichever comes last.
/// </summary>
internal sealed partial class Turn : LocalAppend, IThreadPoolWorkItem
{
    /// <summary>What an append takes beside its payloads: two ids, and the fields of two messages.</summary>
    private const int AppendOverhead = 512;

    private const int MaxStateBytes = 64 * 1024;
    private const int MaxMessages = 256;
    private const int MaxMessageBytes = 1 << 20;

    private readonly Lock _lock = new();

    // Never disposed of: a handler may keep the context, and without a timer there is nothing to give back.
    private readonly CancellationTokenSource _cancellation = new();
    private readonly TurnPump _pump;
    private readonly SessionWorker _worker;
    private readonly StoredRange _range;
    private readonly ulong _floor;
    private ulong _through;

    // What the handler leaves behind; under the lock until the turn has ended, and nobody's to change afterwards.
    private byte[]? _payload;
    private PayloadKind _kind;
    private byte[]? _newState;
    private ReplyText? _text;
    private bool _isTextComplete;
    private bool _hasEnded;

    private TurnSignal? _chunkSignal;
    private int _isChunkPosted;
    private int _hasReturned;

    /// <param name="pump">Runs it.</param>
    /// <param name="worker">Owns the session.</param>
    /// <param name="session">The session.</param>
    /// <param name="floor">What is at or below it needs no answer.</param>
    /// <param name="range">What of the session is on stable storage.</param>
    public Turn(TurnPump pump, SessionWorker worker, Session session, ulong floor, in StoredRange range)
        : base(session.Id, pump.ClientId)
    {
        _pump = pump;
        _worker = worker;
        _floor = floor;
        _range = range;
        Session = session;
        Role = Role.Bot;
        Durability = pump.Engine.Log.CanPromiseDisk ? Durability.Disk : Durability.Memory;
        UnlessHumanAfter = range.Head;
        State = session.Newest.StateEventPayload;
    }

    /// <summary>For the worker only.</summary>
    public Session Session { get; }

    /// <summary>The payload of the newest state event when the turn began.</summary>
    public ReadOnlyMemory<byte> State { get; }

    /// <summary>The highest sequence that it answers; 0 while that is not known.</summary>
    public ulong Through => Volatile.Read(ref _through);

    /// <summary>The newest sequence that it has seen.</summary>
    public ulong LookedAt => _range.Head;

    /// <summary>Its neighbours among the turns that run, and when it began and was cancelled (0: it was not). The pump's.</summary>
    public Turn? Earlier { get; set; }
    public Turn? Later { get; set; }
    public long StartedAt { get; set; }
    public long CancelledAt { get; set; }

    /// <summary>Whether its token is set.</summary>
    public bool IsCancelled => _cancellation.IsCancellationRequested;

    private int MaxReplyBytes => _pump.Engine.Options.MaxFrameBytes - AppendOverhead - (_newState?.Length ?? 0);

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    public void Reply(byte[] payload, PayloadKind kind)
    {
        lock (_lock)
        {
            ThrowIfRepliedUnsynchronized();
            if (payload.Length > MaxReplyBytes)
            {
                throw new ArgumentException(
                    $"A reply is at most {MaxReplyBytes} bytes here (Wire:Limits:MaxFrameBytes); this one has {payload.Length}.", nameof(payload));
            }
            (_payload, _kind) = (payload, kind);
        }
    }

    public async Task StreamAsync(IAsyncEnumerable<string> pieces)
    {
        ReplyText text;
        lock (_lock)
        {
            ThrowIfRepliedUnsynchronized();
            ReplyId = _pump.NewReplyId();
            _text = text = new ReplyText();
        }
        await foreach (var piece in pieces.WithCancellation(_cancellation.Token).ConfigureAwait(false))
        {
            bool fits;
            lock (_lock)
            {
                ThrowIfEndedUnsynchronized();
                fits = text.Append(piece, MaxReplyBytes);
            }
            PostChunk();
            if (fits)
                continue;
            End(TurnEnd.TooLong);
            throw new OperationCanceledException("The reply is longer than an append may be.", _cancellation.Token);
        }
        lock (_lock)
        {
            ThrowIfEndedUnsynchronized();
            text.Complete(MaxReplyBytes);
            _isTextComplete = true;
        }
    }

    public void SetState(ReadOnlyMemory<byte> state)
    {
        if (!NewestOfKind.IsStateEvent(state.Span))
            throw new ArgumentException("A state is a JSON object with \"type\":\"state\".", nameof(state));
        lock (_lock)
        {
            ThrowIfEndedUnsynchronized();
            var reply = _payload?.Length ?? _text?.Length ?? 0;
            var room = Math.Min(MaxStateBytes, _pump.Engine.Options.MaxFrameBytes - AppendOverhead - reply);
            if (state.Length > room)
                throw new ArgumentException($"A state is at most {room} bytes here; this one has {state.Length}.", nameof(state));
            _newState = state.ToArray();
        }
    }

    public IReadOnlyList<ReceivedMessage> ReadHistory(int limit)
    {
        var messages = new List<ReceivedMessage>();
        var first = Math.Max(_range.First, Through >= (ulong)limit ? Through - (ulong)limit + 1 : 1);
        if (!_pump.TryRead(SessionId, _range, first, Through, messages))
            throw new IOException("Stored data of the session is damaged.");
        return messages;
    }

    private async Task RunAsync()
    {
        try
        {
            var messages = ReadUnanswered();
            // Cancelled as early as this it is by the stop: the handler gets it after the next start.
            if (messages.Count == 0 || IsCancelled)
            {
                End(TurnEnd.Nothing);
                return;
            }
            StartedAt = _pump.Engine.Time.GetTimestamp(); // before it is known what it covers: then its time counts
            Volatile.Write(ref _through, messages[^1].Sequence);
            var how = TurnEnd.Completed;
            try
            {
                await _pump.Handler.HandleAsync(new MessageContext(this, messages), _cancellation.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (IsCancelled)
            {
                how = TurnEnd.Failed; // whatever cancelled it has ended it
            }
            catch (Exception exception)
            {
                how = TurnEnd.Failed;
                _pump.OnHandlerFailed(this, exception);
            }
            End(how);
        }
        catch (Exception exception)
        {
            _pump.Engine.Fault(exception);
        }
        finally
        {
            Return();
        }
    }

    // None where there is nothing to answer, and where it cannot be read: it costs this session its answer, nothing else.
    private List<ReceivedMessage> ReadUnanswered()
    {
        var messages = new List<ReceivedMessage>();
        var exception = default(Exception);
        try
        {
            if (_pump.TryReadUnanswered(SessionId, _range, Math.Max(_floor + 1, _range.First), MaxMessages, MaxMessageBytes, messages))
                return messages;
        }
        catch (Exception thrown)
        {
            exception = thrown;
        }
        _pump.OnUnreadable(this, exception);
        return [];
    }

    private void ThrowIfRepliedUnsynchronized()
    {
        ThrowIfEndedUnsynchronized();
        if (_payload is not null || _text is not null)
            throw new InvalidOperationException("A turn has one reply, and this one has it already.");
    }

    private void ThrowIfEndedUnsynchronized()
    {
        if (!_hasEnded)
            return;
        _cancellation.Token.ThrowIfCancellationRequested();
        throw new InvalidOperationException("The turn has ended: nothing can be added to what it left behind.");
    }
}
