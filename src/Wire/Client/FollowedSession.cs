namespace Wire.Client;

/// <summary>
/// A session of which the server was, is or will be asked for messages. Outlives its reader until the last answer to a
/// Subscribe has come. Belongs to <see cref="Subscriptions"/> and its lock.
/// </summary>
internal sealed class FollowedSession(string sessionId, byte[] utf8)
{
    public string SessionId { get; } = sessionId;

    public byte[] Utf8 { get; } = utf8;

    public Subscription? Reader { get; set; }

    /// <summary>The Subscribes of this connection without an answer; the last one's is the border from which messages count.</summary>
    public int AnswersDue { get; set; }

    /// <summary>The last that the server was told is Subscribe.</summary>
    public bool IsSubscribed { get; set; }

    public FollowCommand Due { get; set; }
}
