using System.Runtime.CompilerServices;
using Wire.Protocol;

namespace Wire.Client;

public sealed partial class WireClient
{
    /// <summary>
    /// Follows a session: every message from a sequence on, in order, once each, first the stored ones, then as they come, over
    /// any number of connections. Ends when it is cancelled or no longer enumerated. One reader a session at a time.
    /// </summary>
    /// <remarks>
    /// A reader who is slow costs nobody else and loses nothing (<see cref="WireClientOptions.SubscriptionBuffer"/>). Sequences
    /// rise by one, with two exceptions: messages that retention has removed are passed over, and a session that the server has
    /// forgotten begins at 1 again.
    /// </remarks>
    /// <param name="sessionId">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <param name="fromSequence">
    /// The first sequence that is wanted; one that is not there yet is waited for. 0: what comes after the server's answer.
    /// </param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The session's id is none.</exception>
    /// <exception cref="InvalidOperationException">This client follows the session already.</exception>
    /// <exception cref="WireRequestException">The server refuses it, or cannot go on.</exception>
    /// <exception cref="WireConnectionException">The client has ended.</exception>
    /// <exception cref="WireProtocolException">The client has ended.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed of.</exception>
    public IAsyncEnumerable<ReceivedMessage> SubscribeAsync(
        string sessionId, ulong fromSequence = 0, CancellationToken cancellationToken = default)
    {
        var utf8 = IdBytes.Encode(sessionId, stackalloc byte[ProtocolLimits.MaxIdBytes], nameof(sessionId));
        return ReadMessagesAsync(sessionId, utf8.ToArray(), fromSequence, cancellationToken);
    }

    /// <summary>
    /// Follows a session as <see cref="SubscribeAsync"/> does, and its replies in the making as well: messages and pieces of
    /// replies in one stream. One reader a session at a time.
    /// </summary>
    /// <remarks>
    /// The messages are those of <see cref="SubscribeAsync"/>, each once. Pieces of replies come as they are made: all that
    /// gathers while the caller is busy is one <see cref="ReplyUpdate"/>, so what is shown is always a true beginning of the
    /// reply, and a slow reader costs no more than its text.
    /// </remarks>
    /// <param name="sessionId">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <param name="fromSequence">
    /// The first sequence that is wanted; one that is not there yet is waited for. 0: what comes after the server's answer.
    /// </param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="SubscribeAsync" path="/exception"/>
    public IAsyncEnumerable<SessionUpdate> FollowAsync(
        string sessionId, ulong fromSequence = 0, CancellationToken cancellationToken = default)
    {
        var utf8 = IdBytes.Encode(sessionId, stackalloc byte[ProtocolLimits.MaxIdBytes], nameof(sessionId));
        return ReadUpdatesAsync(sessionId, utf8.ToArray(), fromSequence, cancellationToken);
    }

    private async IAsyncEnumerable<ReceivedMessage> ReadMessagesAsync(
        string sessionId, byte[] utf8, ulong fromSequence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Start();
        var reader = _traffic.Subscriptions.Open(sessionId, utf8, fromSequence, takesReplies: false);
        try
        {
            while (await reader.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (reader.Reader.TryRead(out var message))
                {
                    _traffic.Subscriptions.Taken(reader, message!);
                    yield return message!;
                }
            }
        }
        finally
        {
            _traffic.Subscriptions.Close(reader);
        }
    }

    private async IAsyncEnumerable<SessionUpdate> ReadUpdatesAsync(
        string sessionId, byte[] utf8, ulong fromSequence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Start();
        var reader = _traffic.Subscriptions.Open(sessionId, utf8, fromSequence, takesReplies: true);
        try
        {
            while (await reader.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (reader.Reader.TryRead(out var message))
                {
                    if (message is not null)
                    {
                        _traffic.Subscriptions.Taken(reader, message);
                        yield return new MessageUpdate(message);
                        continue;
                    }
                    foreach (var reply in _traffic.Subscriptions.TakeReplies(reader))
                        yield return reply;
                }
            }
        }
        finally
        {
            _traffic.Subscriptions.Close(reader);
        }
    }
}
