using System.Text;
using Wire.Load.Frames;
using Wire.Protocol;

namespace Wire.Load.Engine;

/// <summary>A connection that follows the sessions of one publisher and checks that every message comes, once, in order.</summary>
internal sealed class Subscriber : WireConnection
{
    private readonly Publisher _publisher;
    private readonly int _number;
    private readonly FollowedSession[] _sessions;
    private int _subscribed;
    private int _lastSession;
    private bool _isWelcome;

    /// <summary>A subscriber that has not connected.</summary>
    /// <param name="publisher">Whom it follows.</param>
    /// <param name="number">Which of its followers: 0, 1, 2, …</param>
    /// <param name="sessionIds">The sessions.</param>
    /// <param name="payloadBytes">Of the publisher's messages.</param>
    /// <param name="awaitsReplies">Whether a message counts only once a handler has replied to it.</param>
    public Subscriber(Publisher publisher, int number, IReadOnlyList<string> sessionIds, int payloadBytes, bool awaitsReplies = false)
        : base($"{publisher.ClientId}s{number}", publisher.Window)
    {
        _publisher = publisher;
        _number = number;
        _sessions = [.. sessionIds.Select(id => new FollowedSession(id, ClientId, payloadBytes, awaitsReplies))];
    }

    /// <inheritdoc/>
    public override LoadConnection WindowOwner => _publisher;

    /// <inheritdoc/>
    public override string? Missing =>
        Window.DeliveredTo(_number) == Window.Sent ? null : $"{ClientId} got {Window.DeliveredTo(_number)} of {Window.Sent} messages";

    /// <inheritdoc/>
    protected override bool TryTake(ReadOnlySpan<byte> frame)
    {
        if (frame[0] != FrameTag.Message)
            return false;
        var message = MessageFields.Parse(DelimitedFrame.Body(frame));
        Window.Deliver(_number, Find(message.SessionId).Take(message));
        return true;
    }

    /// <inheritdoc/>
    protected override bool TryTakeHandshake(Frame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Welcome when !_isWelcome:
                _isWelcome = true;
                foreach (var session in _sessions)
                    Queue(new Frame { Subscribe = new Subscribe { SessionId = session.Id, FromSequence = 1 } });
                return true;
            case Frame.BodyOneofCase.Subscribed when _isWelcome && !IsReady:
                if (frame.Subscribed.HeadSequence != 0 || !_sessions.Any(session => session.Id == frame.Subscribed.SessionId))
                    throw new LoadFailureException($"{ClientId}: Subscribed says {frame.Subscribed}, which is none of the new sessions that were asked for.");
                IsReady = ++_subscribed == _sessions.Length;
                return true;
            default:
                return false;
        }
    }

    // Messages come in the order in which the sessions were published to, mostly.
    private FollowedSession Find(ReadOnlySpan<byte> id)
    {
        for (var i = 0; i < _sessions.Length; i++)
        {
            var place = (_lastSession + i) % _sessions.Length;
            if (!_sessions[place].Is(id))
                continue;
            _lastSession = place;
            return _sessions[place];
        }
        throw new LoadFailureException($"{ClientId}: a message came of session '{Encoding.UTF8.GetString(id)}', which it does not follow.");
    }
}
