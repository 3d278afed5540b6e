using Wire.Log;
using Wire.Sessions;

namespace Wire.Subscriptions;

/// <summary>Something that a connection is to be sent out of the log.</summary>
internal abstract class PumpWork
{
    /// <summary>
    /// The address of the record that the next step reads, where the step after it will read the one before that; else 0. So that
    /// it can be fetched from memory meanwhile.
    /// </summary>
    public virtual long NextAddress => 0;

    /// <summary>
    /// Reads one record of what <see cref="Run"/> will send, where that can be done beforehand. The steps of all that waits are
    /// taken in turns, so that none waits for its record.
    /// </summary>
    /// <returns>Whether there is another step.</returns>
    public virtual bool Step(ILogReader reader) => false;

    /// <summary>Gives up what the steps have read: the outbox takes nothing now.</summary>
    public virtual void Forget()
    {
    }

    /// <summary>Reads and sends a part. Called by one pool thread at a time; it may block on the log's I/O, never on the peer.</summary>
    public abstract PumpResult Run(IOutbox outbox, ILogReader reader);
}

/// <summary>How a turn of <see cref="PumpWork"/> ended.</summary>
internal enum PumpResult
{
    /// <summary>There is nothing more to do.</summary>
    Done,

    /// <summary>There is more; others have their turn first.</summary>
    More,

    /// <summary>The outbox refused: it goes on when that has room again.</summary>
    Refused,
}
