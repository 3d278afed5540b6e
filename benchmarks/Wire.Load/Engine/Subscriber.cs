using Wire.Load.Frames;
using Wire.Protocol;

namespace Wire.Load.Engine;

/// <summary>A connection that follows the session of one publisher and checks that every message comes, once, in order.</summary>
internal sealed class Subscriber(Publisher publisher, string sessionId, int payloadBytes) : LoadConnection($"{publisher.ClientId}s")
{
    private readonly PublishedSession _session = new(sessionId, isShared: false);
    private bool _isWelcome;

    /// <inheritdoc/>
    public override Publisher WindowOwner => publisher;

    /// <summary>Messages that came.</summary>
    public long Delivered { get; private set; }

    /// <inheritdoc/>
    public override string? Missing =>
        Delivered == publisher.SentCount ? null : $"{ClientId} got {Delivered} of {publisher.SentCount} messages";

    /// <inheritdoc/>
    protected override bool TryTake(ReadOnlySpan<byte> frame)
    {
        if (frame[0] != FrameTag.Message)
            return false;
        var message = MessageFields.Parse(DelimitedFrame.Body(frame));
        var expected = (ulong)Delivered + 1;
        if (!_session.Is(message.SessionId) || message.Sequence != expected)
        {
            throw new LoadFailureException(
                $"{ClientId}: a message with sequence {message.Sequence} came where {expected} of session {sessionId} had to.");
        }

        if (message.PublishId != PublishFrames.FirstPublishId + expected - 1 || message.PayloadBytes != payloadBytes)
        {
            throw new LoadFailureException(
                $"{ClientId}: message {expected} has publish_id {message.PublishId} and {message.PayloadBytes} bytes.");
        }

        Delivered++;
        return true;
    }

    /// <inheritdoc/>
    protected override bool TryTakeHandshake(Frame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Welcome when !_isWelcome:
                _isWelcome = true;
                Queue(new Frame { Subscribe = new Subscribe { SessionId = sessionId, FromSequence = 1 } });
                return true;
            case Frame.BodyOneofCase.Subscribed when _isWelcome && !IsReady:
                if (frame.Subscribed.SessionId != sessionId || frame.Subscribed.HeadSequence != 0)
                {
                    throw new LoadFailureException(
                        $"{ClientId}: Subscribed says {frame.Subscribed} of the new session {sessionId}.");
                }

                IsReady = true;
                return true;
            default:
                return false;
        }
    }
}
