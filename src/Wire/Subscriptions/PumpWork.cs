using Wire.Sessions;

namespace Wire.Subscriptions;

/// <summary>Something that a connection is to be sent out of the log.</summary>
internal abstract class PumpWork
{
    /// <summary>Reads and sends a part. Called by one pool thread at a time; it may block on the log's I/O, never on the peer.</summary>
    public abstract PumpResult Run(IOutbox outbox);
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
