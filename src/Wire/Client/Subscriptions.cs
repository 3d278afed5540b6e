using System.Buffers;
using System.Text;
using Wire.Framing;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// What this client follows. Knows no socket: <see cref="WriteTo"/> gives the frames that are due, the others take what came.
/// Every reader gets each message once and in order, over any number of connections: only the one whose sequence is due is
/// taken, and after a loss, or where a slow reader had no room, the session is asked for from that one on.
/// </summary>
/// <remarks>Callers and the connection's loops meet under one lock, which is never held over I/O or a caller's code.</remarks>
internal sealed class Subscriptions
{
    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], FollowedSession> _sessions = new(SessionIdComparer.Instance);
    private readonly Dictionary<byte[], FollowedSession>.AlternateLookup<ReadOnlySpan<byte>> _sessionsByUtf8;
    private readonly HashSet<FollowedSession> _due = [];
    private readonly WakeSignal _wake;
    private readonly TimeProvider _time;
    private readonly int _capacity;

    // A subscription ended or was renewed on this connection. What was still under way of it cannot always be told from the
    // new one's: a Subscribed that tells of retention looks like an answer.
    private bool _hasRemains;

    // Replies of which pieces came on this connection and went to a reader that has gone, or to nobody.
    private readonly RecentIds _begunReplies = new();
    private int _maxReplyBytes = ProtocolLimits.DefaultMaxFrameBytes;
    private Func<Exception>? _ended;

    public Subscriptions(WireClientOptions options, WakeSignal wake)
    {
        _sessionsByUtf8 = _sessions.GetAlternateLookup<ReadOnlySpan<byte>>();
        _wake = wake;
        _time = options.TimeProvider;
        _capacity = options.SubscriptionBuffer;
    }

    /// <summary>Begins to follow; 0 is from what is said after the server's answer on.</summary>
    /// <exception cref="InvalidOperationException">The session has a reader already.</exception>
    public Subscription Open(string sessionId, byte[] utf8, ulong fromSequence, bool takesReplies)
    {
        var reader = new Subscription(utf8, fromSequence, _capacity, takesReplies);
        lock (_gate)
        {
            if (_ended is not null)
                throw _ended();
            if (!_sessions.TryGetValue(utf8, out var session))
                _sessions.Add(utf8, session = new FollowedSession(sessionId, utf8));
            if (session.Reader is not null)
                throw new InvalidOperationException($"This client follows the session '{sessionId}' already.");
            session.Reader = reader;
            SetDueUnsynchronized(session, FollowCommand.Subscribe);
        }
        _wake.Set();
        return reader;
    }

    /// <summary>The reader has gone.</summary>
    public void Close(Subscription reader)
    {
        lock (_gate)
        {
            if (!_sessions.TryGetValue(reader.Utf8, out var session) || session.Reader != reader)
                return;
            session.Reader = null;
            foreach (var reply in reader.Replies?.Unfinished ?? [])
                _begunReplies.Add(reply);
            SetDueUnsynchronized(session, session.IsSubscribed ? FollowCommand.Unsubscribe : FollowCommand.None);
            ForgetIfDoneUnsynchronized(session);
        }
        _wake.Set();
    }

    /// <summary>The reader has taken a message: there may be room enough to go on.</summary>
    public void Taken(Subscription reader, ReceivedMessage message)
    {
        reader.Remove(message);
        if (!reader.IsHeld || !reader.IsHalfEmpty)
            return;

        lock (_gate)
        {
            if (!reader.IsHeld || !_sessions.TryGetValue(reader.Utf8, out var session) || session.Reader != reader)
                return;
            reader.IsHeld = false;
            SetDueUnsynchronized(session, FollowCommand.Subscribe);
        }
        _wake.Set();
    }

    /// <summary>
    /// Writes what is due, until <paramref name="output"/> holds <paramref name="limit"/> bytes. True where more is due.
    /// </summary>
    public bool WriteTo(ArrayBufferWriter<byte> output, int limit)
    {
        lock (_gate)
        {
            foreach (var session in _due)
            {
                if (output.WrittenCount >= limit)
                    return true;

                if (session.Due == FollowCommand.Subscribe)
                {
                    var subscribe = new Subscribe { SessionId = session.SessionId, FromSequence = session.Reader!.Next };
                    FrameWriter.Write(output, new Frame { Subscribe = subscribe });
                    _hasRemains |= session.IsSubscribed;
                    session.IsSubscribed = true;
                    session.AnswersDue++;
                }
                else
                {
                    FrameWriter.Write(output, new Frame { Unsubscribe = new Unsubscribe { SessionId = session.SessionId } });
                    _hasRemains = true;
                    session.IsSubscribed = false;
                }
                SetDueUnsynchronized(session, FollowCommand.None);
                ForgetIfDoneUnsynchronized(session);
            }
            return false;
        }
    }

    /// <summary>The server's answer to a Subscribe, or its word that retention has overtaken one.</summary>
    public void Subscribed(Subscribed subscribed)
    {
        lock (_gate)
        {
            if (!_sessions.TryGetValue(Encoding.UTF8.GetBytes(subscribed.SessionId), out var session))
                return;
            if (session.AnswersDue == 0)
            {
                if (session.Reader is { IsLive: true } live)
                    live.Next = Math.Max(live.Next, subscribed.FirstSequence);
                return;
            }

            session.AnswersDue--;
            if (session.AnswersDue == 0 && session is { Reader: { } reader, Due: FollowCommand.None, IsSubscribed: true })
                BeginUnsynchronized(session, reader, subscribed.FirstSequence, subscribed.HeadSequence);
            ForgetIfDoneUnsynchronized(session);
        }
        _wake.Set();
    }

    /// <summary>Gives a message to its reader. Returns what in it breaks the protocol, otherwise null.</summary>
    public string? Receive(in MessageSlice message)
    {
        lock (_gate)
        {
            // What was under way when a subscription ended comes to nobody.
            if (!_sessionsByUtf8.TryGetValue(message.Session, out var session) || session.Reader is not { IsLive: true } reader)
                return null;
            if (message.Sequence != reader.Next)
            {
                if (_hasRemains && message.Sequence < reader.Next)
                    return null;
                if (!_hasRemains || !reader.IsBeforeFirst)
                    return $"message {message.Sequence} of session '{session.SessionId}' where {reader.Next} was due";
            }

            if (reader.HasRoomFor(message.PayloadLength))
            {
                reader.Next = message.Sequence + 1;
                reader.Seen = message.Sequence;
                reader.IsBeforeFirst = false;
                reader.Add(MessageCopy.Of(message, session.SessionId));
            }
            else
            {
                HoldUnsynchronized(session, reader);
            }
            return null;
        }
    }

    /// <summary>Takes a piece of a reply in the making. Returns what in it breaks the protocol, otherwise null.</summary>
    public string? Receive(Chunk chunk)
    {
        lock (_gate)
        {
            // Not only for who is live: pieces may overtake the answer to Subscribe, and each goes on where the last one ended.
            if (!_sessions.TryGetValue(Encoding.UTF8.GetBytes(chunk.SessionId), out var session)
                || session.Reader is not { Replies: { } replies } reader
                || !(session.IsSubscribed || _hasRemains))
            {
                _begunReplies.Add(chunk.ReplyId);
                return null;
            }

            var isBegun = _begunReplies.Contains(chunk.ReplyId);
            if (replies.Receive(chunk, _hasRemains, isBegun, _maxReplyBytes, out var changed) is { } violation)
                return $"a false piece of a reply in session '{session.SessionId}': {violation}";
            if (changed is not null)
                reader.AddReplies();
            return null;
        }
    }

    /// <summary>The reader has come to where there was more of the replies.</summary>
    public List<ReplyUpdate> TakeReplies(Subscription reader)
    {
        lock (_gate)
        {
            reader.AreRepliesDue = false;
            return reader.Replies!.Take();
        }
    }

    /// <summary>A connection is open whose server's replies are at most so long.</summary>
    public void Connected(int maxFrameBytes)
    {
        lock (_gate)
            _maxReplyBytes = maxFrameBytes;
    }

    /// <summary>Takes an Error that names a session and nothing else: a Subscribe refused, or a subscription ended.</summary>
    public void Refused(Error error)
    {
        lock (_gate)
        {
            if (!_sessions.TryGetValue(Encoding.UTF8.GetBytes(error.SessionId), out var session))
                return;

            if (session.AnswersDue > 0)
                session.AnswersDue--;
            if (session.AnswersDue > 0)
                return;
            session.IsSubscribed = false;
            if (session is { Reader: { } reader, Due: FollowCommand.None })
            {
                reader.IsLive = false;
                if (error.Code == ErrorCode.RateLimited)
                {
                    _ = SubscribeLaterAsync(session, reader, TimeSpan.FromMilliseconds(error.RetryAfterMs));
                }
                else
                {
                    session.Reader = null;
                    reader.Complete(new WireRequestException(
                        error.Code, $"The subscription ended: {ServerError.Describe(error)}.", session.SessionId));
                }
            }
            ForgetIfDoneUnsynchronized(session);
        }
    }

    /// <summary>All is to be asked for again on the next connection, each from the message that is due.</summary>
    public void ConnectionLost()
    {
        lock (_gate)
        {
            _hasRemains = false;
            _begunReplies.Clear();
            foreach (var session in _sessions.Values)
            {
                session.AnswersDue = 0;
                session.IsSubscribed = false;
                if (session.Reader is { } reader)
                {
                    reader.IsLive = false;
                    reader.Replies?.ConnectionLost();
                }
                SetDueUnsynchronized(session, session.Reader is { IsHeld: false } ? FollowCommand.Subscribe : FollowCommand.None);
                ForgetIfDoneUnsynchronized(session);
            }
        }
    }

    /// <summary>Ends every reader, and all that come after, with that exception; what they hold is still read.</summary>
    public void End(Func<Exception> exception)
    {
        lock (_gate)
        {
            if (_ended is not null)
                return;
            _ended = exception;
            foreach (var session in _sessions.Values)
                session.Reader?.Complete(exception());
            _sessions.Clear();
            _due.Clear();
        }
    }

    private void BeginUnsynchronized(FollowedSession session, Subscription reader, ulong first, ulong head)
    {
        if (head < reader.Seen)
        {
            // The session was forgotten and begins at 1 again; so does the reader.
            reader.Next = 1;
            reader.Seen = 0;
            SetDueUnsynchronized(session, FollowCommand.Subscribe);
            return;
        }
        reader.Next = reader.Next == 0 ? head + 1 : Math.Max(reader.Next, first);
        reader.Seen = Math.Max(reader.Seen, head);
        reader.IsLive = true;
    }

    private void HoldUnsynchronized(FollowedSession session, Subscription reader)
    {
        reader.IsLive = false;
        reader.IsHeld = true;

        // The reader looks at the mark after each message that it takes. It may just have taken the last one.
        Interlocked.MemoryBarrier();
        reader.IsHeld = !reader.IsHalfEmpty;
        SetDueUnsynchronized(session, reader.IsHeld ? FollowCommand.Unsubscribe : FollowCommand.Subscribe);
        _wake.Set();
    }

    private async Task SubscribeLaterAsync(FollowedSession session, Subscription reader, TimeSpan delay)
    {
        await Task.Delay(delay, _time).ConfigureAwait(false);
        lock (_gate)
        {
            if (_ended is null && session.Reader == reader && !session.IsSubscribed)
                SetDueUnsynchronized(session, FollowCommand.Subscribe);
        }
        _wake.Set();
    }

    private void SetDueUnsynchronized(FollowedSession session, FollowCommand due)
    {
        session.Due = due;
        if (due == FollowCommand.None)
            _due.Remove(session);
        else
            _due.Add(session);
    }

    private void ForgetIfDoneUnsynchronized(FollowedSession session)
    {
        if (session is { Reader: null, AnswersDue: 0, Due: FollowCommand.None })
            _sessions.Remove(session.Utf8);
    }
}
