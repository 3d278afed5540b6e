using System.Text;
using Wire.Load.Frames;

namespace Wire.Load.Engine;

/// <summary>What a subscriber has seen of one session, and the check that nothing is missing, doubled or out of order.</summary>
internal sealed class FollowedSession(string id, string clientId, int payloadBytes, bool awaitsReplies)
{
    private readonly byte[] _idBytes = Encoding.UTF8.GetBytes(id);
    private readonly Queue<ulong> _unanswered = [];
    private ulong _last;
    private ulong _said;

    /// <summary>The session_id.</summary>
    public string Id { get; } = id;

    /// <summary>Whether this is the session's id.</summary>
    public bool Is(ReadOnlySpan<byte> id) => id.SequenceEqual(_idBytes);

    /// <summary>Takes a message.</summary>
    /// <returns>How many of the publisher's messages it makes complete: itself, or those that it replies to.</returns>
    public int Take(in MessageFields message)
    {
        var expected = ++_last;
        if (message.Sequence != expected)
            throw new LoadFailureException($"{clientId}: a message with sequence {message.Sequence} came where {expected} of session {Id} had to.");
        if (awaitsReplies && message.InReplyTo != 0)
            return TakeReply(message);

        if (message.PublishId != PublishFrames.FirstPublishId + _said || message.PayloadBytes != payloadBytes)
            throw new LoadFailureException($"{clientId}: message {expected} of session {Id} has publish_id {message.PublishId} and {message.PayloadBytes} bytes.");
        _said++;
        if (!awaitsReplies)
            return 1;
        _unanswered.Enqueue(message.Sequence);
        return 0;
    }

    // It answers all that was said up to the message that it names, and nothing is answered twice.
    private int TakeReply(in MessageFields reply)
    {
        var answered = 0;
        while (_unanswered.TryPeek(out var said) && said <= reply.InReplyTo)
        {
            _unanswered.Dequeue();
            answered++;
        }

        if (answered == 0 || reply.PayloadBytes < payloadBytes)
        {
            throw new LoadFailureException(
                $"{clientId}: reply {reply.Sequence} of session {Id} to message {reply.InReplyTo} has {reply.PayloadBytes} bytes and answers nothing new.");
        }
        return answered;
    }
}
