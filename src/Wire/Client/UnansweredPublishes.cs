using System.Buffers;
using Wire.Framing;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// Every publish from the call to its answer. Knows no socket: <see cref="WriteTo"/> gives the bytes that are due,
/// <see cref="Acknowledge"/> and <see cref="Refuse"/> take the answers, <see cref="ConnectionLost"/> puts what was on the wire
/// back in line, in order and with the same ids.
/// </summary>
/// <remarks>
/// Callers and the loops of the connection meet under one lock, which is never held over I/O or a caller's code. The answers
/// come from one thread at a time, that of the read loop.
/// </remarks>
internal sealed class UnansweredPublishes
{
    /// <summary>How many a session writes before the next one in line has its turn.</summary>
    private const int TurnLength = 64;

    /// <summary>So many sessions without an unanswered publish are kept for the next one, not made anew.</summary>
    private const int IdleSessionsKept = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], SessionPublishes> _sessions = new(SessionIdComparer.Instance);
    private readonly Dictionary<byte[], SessionPublishes>.AlternateLookup<ReadOnlySpan<byte>> _sessionsByUtf8;
    private readonly List<(PendingPublish Publish, ulong Sequence)> _answered = [];
    private readonly LinkedList<SessionPublishes> _line = new();
    private readonly int _maxUnanswered;
    private readonly int _maxWaiting;
    private readonly Durability _defaultDurability;

    private ulong _lastPublishId;
    private int _onTheWire;
    private int _waiting;
    private Func<Exception>? _ended;

    public UnansweredPublishes(WireClientOptions options)
    {
        _sessionsByUtf8 = _sessions.GetAlternateLookup<ReadOnlySpan<byte>>();
        _maxUnanswered = options.MaxUnanswered;
        _maxWaiting = options.MaxWaiting;
        _defaultDurability = options.DefaultDurability;

        // No publisher does ten million a second for all its life, so a later start begins above everything used before.
        var sinceEpoch = options.TimeProvider.GetUtcNow() - MessageId.Epoch;
        _lastPublishId = (ulong)Math.Max(0, sinceEpoch.Ticks);
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
        lock (_gate)
        {
            if (_ended is not null)
                return ValueTask.FromException<PublishResult>(_ended());
            if (_waiting >= _maxWaiting)
            {
                return ValueTask.FromException<PublishResult>(new InvalidOperationException(
                    $"{_waiting} publishes wait already: await their answers before more are made."));
            }

            if (!_sessionsByUtf8.TryGetValue(utf8, out var session))
            {
                session = new SessionPublishes(sessionId, utf8.ToArray());
                _sessions.Add(session.Utf8, session);
            }

            var publish = new PendingPublish
            {
                Session = session,
                Options = options,
                Durability = options.Durability ?? _defaultDurability,
                PublishId = NextIdUnsynchronized(session, options.PublishId),
                Payload = payload,
            };
            session.Add(publish);
            _waiting++;
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

    /// <summary>
    /// Writes what is due, until <paramref name="output"/> holds <paramref name="limit"/> bytes. True where more is due.
    /// </summary>
    public bool WriteTo(ArrayBufferWriter<byte> output, int limit, int maxFrameBytes)
    {
        List<PendingPublish>? tooLarge = null;
        bool more;
        lock (_gate)
        {
            while (IsDueUnsynchronized && output.WrittenCount < limit)
            {
                var session = _line.First!.Value;
                _line.RemoveFirst();
                WriteTurnUnsynchronized(session, output, limit, maxFrameBytes, ref tooLarge);
                PlaceUnsynchronized(session);
            }
            more = IsDueUnsynchronized;
        }

        foreach (var publish in tooLarge ?? [])
        {
            publish.SetException(new WirePublishException(
                ErrorCode.FrameTooLarge,
                $"The publish is longer than the server's limit of {maxFrameBytes} bytes a frame; it was not sent.",
                publish.Session.SessionId,
                publish.PublishId));
        }
        return more;
    }

    /// <summary>Settles what an Ack answers. Returns what in it breaks the protocol, otherwise null.</summary>
    public string? Acknowledge(
        ReadOnlySpan<byte> sessionUtf8, ulong publishId, ulong sequence, uint count, bool duplicate, Durability durability)
    {
        lock (_gate)
        {
            if (!_sessionsByUtf8.TryGetValue(sessionUtf8, out var session) || !session.SentRangeEndsWith(count, publishId))
                return $"an Ack for {count} publishes up to {publishId}, which are not the oldest unanswered ones of a session";
            if (sequence == 0 || (!duplicate && sequence < count))
                return $"an Ack for {count} publishes with sequence {sequence}";
            if (durability is not (Durability.Memory or Durability.Disk))
                return $"an Ack with durability {(int)durability}";
            if (session.FirstSentOfAnotherLevel(count, durability) is { } other)
                return $"an Ack of level {durability} for publish {other.PublishId}, which asked for {other.Durability}";

            for (var i = 1u; i <= count; i++)
            {
                if (TakeOldestUnsynchronized(session) is { } publish)
                    _answered.Add((publish, duplicate ? sequence : sequence - count + i));
            }
            PlaceUnsynchronized(session);
        }

        foreach (var (publish, stored) in _answered)
        {
            if (duplicate && publish.Sends == 1 && publish.Options.PublishId is null)
                publish.SetException(IdUsedBefore(publish));
            else
                publish.SetResult(new PublishResult(stored, publish.PublishId, duplicate, durability));
        }
        _answered.Clear();
        return null;
    }

    /// <summary>Settles what a non-fatal Error answers. Returns what in it breaks the protocol, otherwise null.</summary>
    public string? Refuse(ReadOnlySpan<byte> sessionUtf8, Error error)
    {
        PendingPublish? publish;
        lock (_gate)
        {
            // A session_id that the server holds for invalid is not repeated in the Error.
            var session = sessionUtf8.IsEmpty
                ? _sessions.Values.FirstOrDefault(candidate => candidate.IsOldestSent(error.PublishId))
                : _sessionsByUtf8.TryGetValue(sessionUtf8, out var named) && named.IsOldestSent(error.PublishId) ? named : null;
            if (session is null)
                return $"an Error for publish {error.PublishId}, which is not the oldest unanswered one of a session";

            publish = TakeOldestUnsynchronized(session);
            PlaceUnsynchronized(session);
        }

        publish?.SetException(new WirePublishException(
            error.Code,
            $"The publish was refused: {error.Code}{(error.Detail.Length == 0 ? "" : ", " + error.Detail)}.",
            publish.Session.SessionId,
            publish.PublishId,
            error.HeadSequence));
        return null;
    }

    /// <summary>Puts everything that was on the wire back in line: it is to be sent again.</summary>
    public void ConnectionLost()
    {
        lock (_gate)
        {
            _waiting += _onTheWire;
            _onTheWire = 0;
            foreach (var session in _sessions.Values)
            {
                if (session.IsEmpty)
                    continue;
                session.MarkAllUnsent();
                PlaceUnsynchronized(session);
            }
        }
    }

    /// <summary>Ends every call, and all that come after, with that exception.</summary>
    public void End(Func<Exception> exception)
    {
        List<PendingPublish> unsettled = [];
        lock (_gate)
        {
            if (_ended is not null)
                return;
            _ended = exception;
            foreach (var session in _sessions.Values)
            {
                while (!session.IsEmpty)
                {
                    var publish = session.RemoveOldest();
                    if (!publish.IsSettled)
                        unsettled.Add(publish);
                    publish.IsSettled = true;
                }
            }
            _sessions.Clear();
            _line.Clear();
            _waiting = _onTheWire = 0;
        }

        foreach (var publish in unsettled)
            publish.SetException(exception());
    }

    private void Cancel(PendingPublish publish, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (publish.IsSettled)
                return;
            publish.IsSettled = true;
            if (publish.Sends == 0)
            {
                publish.Session.RemoveWaiting(publish);
                _waiting--;
                PlaceUnsynchronized(publish.Session);
            }
            else
            {
                // It is or was on the wire, and may have to be sent again: from memory of our own.
                publish.Payload = publish.Payload.ToArray();
            }
        }
        publish.SetException(new OperationCanceledException(cancellationToken));
    }

    private ulong NextIdUnsynchronized(SessionPublishes session, ulong? own)
    {
        if (own is null)
            return _lastPublishId = checked(_lastPublishId + 1);

        if (own == 0 || own <= session.Newest?.PublishId)
            throw new ArgumentException($"The publish_id {own} is not above {session.Newest?.PublishId ?? 0}, which is unanswered.");
        _lastPublishId = Math.Max(_lastPublishId, own.Value);
        return own.Value;
    }

    /// <summary>Puts a session in line where it has something to send, and forgets it where it has nothing at all.</summary>
    private void PlaceUnsynchronized(SessionPublishes session)
    {
        var place = session.PlaceInLine;
        if (session.NextToSend is not null)
        {
            if (place.List is null)
                _line.AddLast(place);
            return;
        }

        if (place.List is not null)
            _line.Remove(place);
        if (session.IsEmpty && _sessions.Count > IdleSessionsKept)
            _sessions.Remove(session.Utf8);
    }

    private void WriteTurnUnsynchronized(
        SessionPublishes session,
        ArrayBufferWriter<byte> output,
        int limit,
        int maxFrameBytes,
        ref List<PendingPublish>? tooLarge)
    {
        for (var i = 0; i < TurnLength; i++)
        {
            if (_onTheWire == _maxUnanswered || output.WrittenCount >= limit || session.NextToSend is not { } publish)
                return;

            _waiting--;
            if (!PublishFrame.TryWrite(output, publish, maxFrameBytes))
            {
                session.RemoveWaiting(publish);
                if (!publish.IsSettled)
                    (tooLarge ??= []).Add(publish);
                publish.IsSettled = true;
                continue;
            }
            session.MarkSent(publish);
            _onTheWire++;
        }
    }

    /// <summary>Takes the oldest off the wire; null where its caller has gone.</summary>
    private PendingPublish? TakeOldestUnsynchronized(SessionPublishes session)
    {
        var publish = session.RemoveOldest();
        _onTheWire--;
        if (publish.IsSettled)
            return null;
        publish.IsSettled = true;
        return publish;
    }

    private static WirePublishException IdUsedBefore(PendingPublish publish) => new(
        ErrorCode.InvalidArgument,
        "The publish was not stored: the server holds a higher publish_id of this client_id in the session. "
        + "The clock of this machine, from which the ids begin, went back, or something else publishes under the same client_id.",
        publish.Session.SessionId,
        publish.PublishId);
}
