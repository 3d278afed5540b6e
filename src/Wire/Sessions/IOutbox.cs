namespace Wire.Sessions;

/// <summary>
/// What a connection sends, gathered until its one flusher takes it. Thread-safe; nothing here waits for the peer.
/// Two marks bound it: messages, pages and chunks stop at the lower one, and above the upper one the connection's own read
/// loop stops reading, so that answers to what was already read always fit.
/// </summary>
internal interface IOutbox
{
    /// <summary>
    /// Whether nothing that is written will be sent any more. Writes are then dropped. When it turns true the outbox calls
    /// <see cref="WireConnection.OnOutboxClosed"/>.
    /// </summary>
    bool IsClosed { get; }

    /// <summary>
    /// The bytes that may wait before <see cref="TryWrite"/> refuses: the lower mark. It may fall while the process is short of memory.
    /// </summary>
    int MessageMark { get; }

    /// <summary>Adds whole frames that answer what was read. Always taken.</summary>
    void Write(ReadOnlySpan<byte> frames);

    /// <summary>
    /// Adds whole frames that the connection asked to follow. Refused, all of them, where they do not fit below
    /// <see cref="MessageMark"/>, unless nothing waits at all. After a refusal the outbox calls
    /// <see cref="WireConnection.OnOutboxDrained"/> once, when there is room again.
    /// </summary>
    bool TryWrite(ReadOnlySpan<byte> frames);

    /// <summary>Sends what has gathered, unless that is under way already. To be called once after a group of writes.</summary>
    void Flush();

    /// <summary>
    /// Ends the connection: after what has gathered, <paramref name="error"/> is the last frame, then the connection is closed.
    /// The first call wins.
    /// </summary>
    void Abort(Protocol.Error error);
}
