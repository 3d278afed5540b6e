using System.Buffers;
using System.Runtime.InteropServices;
using Wire.Framing;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// Every publish from the call to its answer. Knows no socket: <see cref="WriteTo"/> gives the bytes that are due,
/// <see cref="Acknowledge"/> and <see cref="Refuse"/> take the answers, <see cref="ConnectionLost"/> puts what was on the wire
/// back in line, in order and with the same ids. Awaited publishes and pipelined ones stand in one line for each session.
/// </summary>
/// <remarks>
/// Callers and the loops of the connection meet under one lock, which is never held over I/O or a caller's code. The answers
/// come from one thread at a time, that of the read loop.
/// </remarks>
internal sealed partial class UnansweredPublishes
{
    /// <summary>How many a session writes before the next one in line has its turn.</summary>
    private const int TurnLength = 64;

    /// <summary>So many sessions without an unanswered publish are kept for the next one, not made anew.</summary>
    private const int IdleSessionsKept = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], SessionPublishes> _sessions = new(SessionIdComparer.Instance);
    private readonly Dictionary<byte[], SessionPublishes>.AlternateLookup<ReadOnlySpan<byte>> _sessionsByUtf8;
    private readonly LinkedList<SessionPublishes> _line = new();
    private readonly PublishQueue? _queue;
    private readonly int _maxUnanswered;
    private readonly int _maxWaiting;
    private readonly Durability _defaultDurability;

    private ulong _lastPublishId;
    private int _onTheWire;
    private int _waiting;
    private int _waitingCalls;
    private int _maxFrameBytes = int.MaxValue;
    private bool _takesNoMore;
    private Func<Exception>? _ended;

    public UnansweredPublishes(WireClientOptions options, PublishQueue? queue = null)
    {
        _queue = queue;
        _sessionsByUtf8 = _sessions.GetAlternateLookup<ReadOnlySpan<byte>>();
        _maxUnanswered = options.MaxUnanswered;
        _maxWaiting = options.MaxWaiting;
        _defaultDurability = options.DefaultDurability;

        // No publisher does ten million a second for all its life, so a later start begins above everything used before.
        var sinceEpoch = options.TimeProvider.GetUtcNow() - MessageId.Epoch;
        _lastPublishId = Math.Max((ulong)Math.Max(0, sinceEpoch.Ticks), queue?.HighestId ?? 0);
        RecoverQueue(options);
    }

    /// <summary>Nothing is on the wire without an answer.</summary>
    public bool IsWireClear
    {
        get
        {
            lock (_gate)
                return _onTheWire == 0;
        }
    }

    /// <summary>Something is not on the wire yet.</summary>
    public bool HasWaiting
    {
        get
        {
            lock (_gate)
                return _waiting > 0;
        }
    }

    /// <summary>Something could be written now.</summary>
    public bool HasDue
    {
        get
        {
            lock (_gate)
                return IsDueUnsynchronized;
        }
    }

    private bool IsDueUnsynchronized => _line.First is not null && _onTheWire < _maxUnanswered;

    /// <summary>Takes a publish in line, and gives it an id where it brings none.</summary>
    /// <exception cref="ArgumentException">The id that it brings is not above one that is unanswered.</exception>
    public ValueTask<PublishResult> Add(
        string sessionId,
        ReadOnlySpan<byte> utf8,
        ReadOnlyMemory<byte> payload,
        PublishOptions options,
        CancellationToken cancellationToken)
    {
        if (_queue is null)
            return Add(sessionId, utf8, payload, options, options.PublishId, cancellationToken);

        lock (_queue.Gate)
        {
            if (CallFault() is { } fault)
                return ValueTask.FromException<PublishResult>(fault);
            try
            {
                var id = Enqueue(sessionId, utf8, payload.Span, options);
                return Add(sessionId, utf8, payload, options, id, cancellationToken);
            }
            catch (WireException exception)
            {
                return ValueTask.FromException<PublishResult>(exception);
            }
        }
    }

    private ValueTask<PublishResult> Add(
        string sessionId,
        ReadOnlySpan<byte> utf8,
        ReadOnlyMemory<byte> payload,
        PublishOptions options,
        ulong? id,
        CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (CallFault() is { } fault)
                return ValueTask.FromException<PublishResult>(fault);

            var session = SessionUnsynchronized(sessionId, utf8);
            var publish = new PendingPublish
            {
                Session = session,
                Options = options,
                Durability = options.Durability ?? _defaultDurability,
                PublishId = NextIdUnsynchronized(session, id),
                Payload = payload,
            };
            session.Add(new PublishEntry
            {
                PublishId = publish.PublishId,
                Call = publish,
                Durability = publish.Durability,
                IsConditional = options.ExpectedHead.HasValue,
                BringsId = options.PublishId.HasValue,
            });
            _waiting++;
            _waitingCalls++;
            PlaceUnsynchronized(session);

            if (cancellationToken.CanBeCanceled)
            {
                // Under the lock, so that no answer comes before it is there to be taken back.
                publish.Cancellation = cancellationToken.UnsafeRegister(
                    static (state, token) =>
                    {
                        var (publishes, cancelled) = ((UnansweredPublishes, PendingPublish))state!;
                        publishes.Cancel(cancelled, token);
                    },
                    (this, publish));
            }
            return publish.Task;
        }
    }

    /// <summary>The client is being disposed of: what is under way goes on, nothing comes to it.</summary>
    public void TakeNoMore()
    {
        lock (_gate)
            _takesNoMore = true;
    }

    /// <summary>Ends every call, and all that come after, with that exception.</summary>
    public void End(Func<Exception> exception)
    {
        List<PendingPublish> unsettled = [];
        HashSet<PublishPipeline> waiting = [];
        lock (_gate)
        {
            if (_ended is not null)
                return;
            _ended = exception;
            foreach (var session in _sessions.Values)
            {
                for (var i = 0; i < session.Count; i++)
                {
                    ref var entry = ref session[i];
                    if (entry.Call is { IsSettled: false } call)
                    {
                        call.IsSettled = true;
                        unsettled.Add(call);
                    }
                    if (entry.Pipeline is not { } pipeline)
                        continue;
                    if (pipeline.IsWaiting)
                    {
                        pipeline.EndWaitingUnsynchronized();
                        waiting.Add(pipeline);
                    }
                    pipeline.EndUnsynchronized(exception());
                    pipeline.Memory.Release(entry.Block!, entry.FrameBytes);
                }
            }
            _sessions.Clear();
            _line.Clear();
            _waiting = _waitingCalls = _onTheWire = 0;
        }

        foreach (var publish in unsettled)
            publish.SetException(exception());
        foreach (var pipeline in waiting)
            pipeline.RefuseRoom(exception());
    }

    private void Cancel(PendingPublish publish, CancellationToken cancellationToken)
    {
        var isWithdrawn = false;
        lock (_gate)
        {
            if (publish.IsSettled)
                return;
            publish.IsSettled = true;
            var session = publish.Session;
            var index = session.IndexOf(publish.PublishId);
            if (session[index].Sends == 0)
            {
                session.RemoveWaiting(index);
                _waiting--;
                _waitingCalls--;
                PlaceUnsynchronized(session);
                isWithdrawn = true;
            }
            else
            {
                // It is or was on the wire, and may have to be sent again: from memory of our own.
                publish.Payload = publish.Payload.ToArray();
            }
        }
        if (isWithdrawn)
            _queue?.Removed(publish.Session.Utf8, publish.PublishId);
        publish.SetException(new OperationCanceledException(cancellationToken));
    }

    private SessionPublishes SessionUnsynchronized(string sessionId, ReadOnlySpan<byte> utf8)
    {
        if (!_sessionsByUtf8.TryGetValue(utf8, out var session))
        {
            session = new SessionPublishes(sessionId, utf8.ToArray());
            _sessions.Add(session.Utf8, session);
        }
        return session;
    }

    private ulong NextIdUnsynchronized(SessionPublishes session, ulong? own)
    {
        if (own is null)
            return _lastPublishId = checked(_lastPublishId + 1);

        CheckId(session, own.Value);
        _lastPublishId = Math.Max(_lastPublishId, own.Value);
        return own.Value;
    }

    private static void CheckId(SessionPublishes? session, ulong own)
    {
        var newest = session?.NewestId ?? 0;
        if (own <= newest)
            throw new ArgumentException($"The publish_id {own} is not above {newest}, which is unanswered.");
    }

    private Exception? CallFault()
    {
        lock (_gate)
        {
            return _ended is not null ? _ended() : _waitingCalls < _maxWaiting ? null : new InvalidOperationException(
                $"{_waitingCalls} publishes wait already: await their answers before more are made.");
        }
    }

    /// <summary>Puts a session in line where it has something to send, and forgets it where it has nothing at all.</summary>
    private void PlaceUnsynchronized(SessionPublishes session)
    {
        var place = session.PlaceInLine;
        if (session.HasNextToSend)
        {
            if (place.List is null)
                _line.AddLast(place);
            return;
        }

        if (place.List is not null)
            _line.Remove(place);
        if (session is { IsEmpty: true, Pipelines: 0 } && _sessions.Count > IdleSessionsKept)
            _sessions.Remove(session.Utf8);
    }
}
