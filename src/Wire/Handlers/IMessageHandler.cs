namespace Wire.Handlers;

/// <summary>
/// Answers visitors: a language model, a rule, a bridge to another system. It is given the messages of a session that nobody
/// has answered, one turn at a time a session and in order; turns of different sessions run side by side.
/// </summary>
/// <remarks>
/// The log is the queue: a turn that the end of the process cuts short is given again after the next start, and what a turn
/// leaves behind is stored in one append, so each message is answered exactly once. Turns do not run on the engine's workers:
/// a slow one delays its own session only.
/// </remarks>
public interface IMessageHandler
{
    /// <summary>
    /// Has one turn. It ends when the task does: what was replied is then stored, and where nothing was, that the handler chose
    /// to be silent. Where it throws, what had been streamed is stored with <see cref="Protocol.Finish.Failed"/>.
    /// </summary>
    /// <param name="context">What the turn is about, and how to reply. Not to be used after the turn.</param>
    /// <param name="cancellationToken">
    /// Set when the turn is over early: its time is up (<see cref="HandlerOptions.TurnTimeout"/>), somebody stopped the reply, or
    /// the process ends.
    /// </param>
    Task HandleAsync(MessageContext context, CancellationToken cancellationToken);
}
