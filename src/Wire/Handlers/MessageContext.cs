using System.Text;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Handlers;

/// <summary>
/// One turn, as its handler sees it. Its members may be used from any thread, until the turn ends: then those that reply throw
/// <see cref="OperationCanceledException"/> where the turn was cancelled, else <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class MessageContext
{
    private readonly Turn _turn;

    internal MessageContext(Turn turn, IReadOnlyList<ReceivedMessage> messages)
    {
        _turn = turn;
        SessionId = Encoding.UTF8.GetString(turn.SessionId);
        Messages = messages;
    }

    /// <summary>The session.</summary>
    public string SessionId { get; }

    /// <summary>
    /// The visitor's messages that the turn answers, oldest first; at least one. At most 256, and 1 MiB of them: more are left to
    /// the next turn.
    /// </summary>
    public IReadOnlyList<ReceivedMessage> Messages { get; }

    /// <summary>
    /// The session's dialogue state: the payload of the newest event of type <c>state</c> that a handler has stored. Empty where
    /// there is none.
    /// </summary>
    public ReadOnlyMemory<byte> State => _turn.State;

    /// <summary>Reads what was said in the session, the turn's own messages included: the newest ones, in ascending order.</summary>
    /// <param name="limit">1 to 1,000. Where these are more than 4 MiB, the oldest are left out.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="IOException">Stored data of the session is damaged.</exception>
    public ValueTask<IReadOnlyList<ReceivedMessage>> ReadHistoryAsync(int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, ProtocolLimits.MaxPageMessages);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_turn.ReadHistory(limit));
    }

    /// <summary>Replies with a text, which is stored when the turn ends. A turn has one reply.</summary>
    /// <exception cref="ArgumentException">It is longer than an append may be (<c>Wire:Limits:MaxFrameBytes</c>).</exception>
    /// <exception cref="InvalidOperationException">The turn has a reply already, or has ended.</exception>
    /// <exception cref="OperationCanceledException">The turn was cancelled.</exception>
    public ValueTask ReplyAsync(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _turn.Reply(Encoding.UTF8.GetBytes(text), PayloadKind.Text);
        return ValueTask.CompletedTask;
    }

    /// <summary>Replies with a payload of any kind, which is stored when the turn ends. A turn has one reply.</summary>
    /// <param name="payload">The content. Copied.</param>
    /// <param name="kind">What it is. Not <see cref="PayloadKind.Event"/>.</param>
    /// <exception cref="ArgumentException">It is longer than an append may be, or an event.</exception>
    /// <exception cref="InvalidOperationException">The turn has a reply already, or has ended.</exception>
    /// <exception cref="OperationCanceledException">The turn was cancelled.</exception>
    public ValueTask ReplyAsync(ReadOnlyMemory<byte> payload, PayloadKind kind)
    {
        if (kind == PayloadKind.Event)
            throw new ArgumentException("A reply is no event.", nameof(kind));
        _turn.Reply(payload.ToArray(), kind);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Replies with a text that is still in the making: its pieces go to those who follow the session as they come, and the whole
    /// is stored when the turn ends. A turn has one reply.
    /// </summary>
    /// <param name="pieces">
    /// The pieces, in order. Where they throw, so does this call. Where they grow beyond what an append may be, the reply ends there
    /// with <see cref="Finish.Failed"/>, and the turn is cancelled.
    /// </param>
    /// <exception cref="InvalidOperationException">The turn has a reply already, or has ended.</exception>
    /// <exception cref="OperationCanceledException">The turn was cancelled.</exception>
    public Task StreamReplyAsync(IAsyncEnumerable<string> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        return _turn.StreamAsync(pieces);
    }

    /// <summary>Sets the session's dialogue state, which is stored with the reply, or alone. The last call counts.</summary>
    /// <param name="state">A JSON object with <c>"type":"state"</c>, at most 64 KiB. Copied.</param>
    /// <exception cref="ArgumentException">It is not such JSON, or too long, alone or beside the reply.</exception>
    /// <exception cref="InvalidOperationException">The turn has ended.</exception>
    /// <exception cref="OperationCanceledException">The turn was cancelled.</exception>
    public void SetState(ReadOnlyMemory<byte> state) => _turn.SetState(state);
}
