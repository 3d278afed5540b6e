using Wire.Client;
using Wire.Protocol;

namespace Wire.InProcess;

/// <summary>
/// The sessions of this process's own server, without a socket: an endpoint, a webhook or a background service writes into a
/// session and reads it through the same workers, in the same order, as those who are connected.
/// </summary>
/// <remarks>
/// In the services of an application that calls <c>AddWire()</c>; usable from its start to its stop, from any thread at once.
/// </remarks>
public interface IWireSessions
{
    /// <summary>
    /// Publishes a message, and ends when it is stored: at level <see cref="Durability.Disk"/> it is on stable storage then.
    /// Calls that are not awaited one by one may be stored in any order.
    /// </summary>
    /// <param name="sessionId">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <param name="payload">The content, at most <c>Wire:Limits:MaxFrameBytes</c>. Not to be changed before the call has ended.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the waiting. The message is not taken back: it may be stored.</param>
    /// <exception cref="ArgumentException">The session's id, the sender or an option is out of its range, or the payload too long.</exception>
    /// <exception cref="WirePublishException">
    /// It is not stored: <see cref="ErrorCode.Conflict"/>, <see cref="ErrorCode.DataLoss"/>, or
    /// <see cref="ErrorCode.StorageUnavailable"/>, after which it may or may not be.
    /// </exception>
    /// <exception cref="InvalidOperationException">The server has not started, or has stopped.</exception>
    ValueTask<PublishResult> PublishAsync(
        string sessionId, ReadOnlyMemory<byte> payload, SessionPublishOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Reads stored messages of a session, in ascending order whichever way is asked for.</summary>
    /// <param name="sessionId">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <param name="fromSequence">The first one forward, or the last one backward; 0: the oldest retained, or the newest.</param>
    /// <param name="limit">1 to 1,000; 0 means 50. Fewer come where they would not fit a frame.</param>
    /// <param name="backward">The newest ones up to and including <paramref name="fromSequence"/>.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The session's id or the limit is out of its range.</exception>
    /// <exception cref="WireRequestException">The stored data is damaged (<see cref="ErrorCode.DataLoss"/>).</exception>
    /// <exception cref="InvalidOperationException">The server has not started, or has stopped.</exception>
    ValueTask<MessagePage> FetchAsync(
        string sessionId, ulong fromSequence = 0, int limit = 0, bool backward = false, CancellationToken cancellationToken = default);

    /// <summary>
    /// Follows a session: every message from a sequence on, in order, once each, first the stored ones, then as they come. Any
    /// number of readers a session. One who is slow costs nobody else and loses nothing: it is fed from the log.
    /// </summary>
    /// <param name="sessionId">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <param name="fromSequence">The first sequence that is wanted; one that is not there yet is waited for. 0: what comes from now on.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The session's id is none.</exception>
    /// <exception cref="WireRequestException">The stored data is damaged (<see cref="ErrorCode.DataLoss"/>).</exception>
    /// <exception cref="InvalidOperationException">The server has not started, or has stopped.</exception>
    IAsyncEnumerable<ReceivedMessage> SubscribeAsync(
        string sessionId, ulong fromSequence = 0, CancellationToken cancellationToken = default);
}
