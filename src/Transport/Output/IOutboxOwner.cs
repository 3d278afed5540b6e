using Wire.Protocol;

namespace Wire.Transport.Output;

/// <summary>What an <see cref="Outbox"/> tells its connection. Called from any thread, outside the outbox's lock; must not block.</summary>
internal interface IOutboxOwner
{
    /// <summary>There is room again after a refusal. It may be called from within <see cref="Outbox.Flush"/>.</summary>
    void OnDrained();

    /// <summary>Nothing is added any more, whatever the reason. Called once.</summary>
    void OnClosed();

    /// <summary>The connection is to end with this error, which is in the outbox already. Called at most once.</summary>
    void OnAborted(Error error);

    /// <summary>The transport takes nothing any more: the peer is gone. Called at most once.</summary>
    void OnBroken();
}
