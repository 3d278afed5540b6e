using System.Text;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// A client of a Wire server: publishes, follows and fetches over one connection, which it opens again whenever it is lost.
/// </summary>
/// <remarks>
/// <para>
/// What has no answer when a connection is lost is sent again on the next one, in order and with the same ids, so each publish
/// is stored once: <see cref="PublishAsync(string, ReadOnlyMemory{byte}, PublishOptions?, CancellationToken)"/> ends when the
/// server has answered, however many connections that takes. Subscriptions go on with the message that is due.
/// </para>
/// <para>
/// Ids: a publish that brings none gets one above all that this instance has given, and the first begins with the time, in
/// units of 100 ns since 2026. So a later process with the same client_id begins above everything used before, as long as its
/// clock is not behind that of the one before. Where it is, the server holds the publish for a repetition and does not store
/// it, and the call ends with a <see cref="WirePublishException"/> of <see cref="ErrorCode.InvalidArgument"/>.
/// </para>
/// <para>
/// The client ends by itself, with every call and all that come after, where another connection takes its client_id over
/// (<see cref="WireConnectionException"/>, <see cref="ErrorCode.TakenOver"/>), the server refuses it, or breaks the protocol
/// (<see cref="WireProtocolException"/>).
/// </para>
/// <para>All members may be used from any thread at once. Publishes from many callers leave in one write.</para>
/// </remarks>
public sealed partial class WireClient : IAsyncDisposable
{
    private readonly WireClientOptions _options;
    private readonly PublishQueue? _queue;
    private readonly ClientTraffic _traffic;
    private readonly Connector _connector;

    /// <summary>Makes a client. It connects when <see cref="ConnectAsync"/> or any other call is made.</summary>
    /// <exception cref="ArgumentException">Options are out of their range; the message names all of them.</exception>
    /// <exception cref="WireQueueException">The file of <see cref="WireClientOptions.Queue"/> cannot be used.</exception>
    public WireClient(WireClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Checked();
        _queue = _options.Queue is { } queue ? PublishQueue.Open(queue, _options.ClientId) : null;
        _traffic = new ClientTraffic(_options, _queue);
        _connector = new Connector(_options, _traffic);
    }

    /// <summary>The name of this producer.</summary>
    public string ClientId => _options.ClientId;

    /// <summary>
    /// Publishes a message, and ends when the server has answered: at level <see cref="Durability.Disk"/> it is on stable
    /// storage then. The publishes of a session are stored in the order of the calls.
    /// </summary>
    /// <param name="sessionId">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <param name="payload">
    /// The content, together with the rest of its frame at most the server's limit (1 MiB unless it is set otherwise). Not to be
    /// changed before the call has ended.
    /// </param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">
    /// Ends the waiting. What was sent before is not taken back: it may be stored, and is sent again after a loss.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The session's id is none, or a publish_id of the caller's is not above one that is unanswered.
    /// </exception>
    /// <exception cref="WirePublishException">It was refused and is not stored.</exception>
    /// <exception cref="WireConnectionException">The client has ended; the message may or may not be stored.</exception>
    /// <exception cref="WireProtocolException">The client has ended; the message may or may not be stored.</exception>
    /// <exception cref="InvalidOperationException"><see cref="WireClientOptions.MaxWaiting"/> publishes wait already.</exception>
    /// <exception cref="WireQueueException">There is a <see cref="WireClientOptions.Queue"/>, and it does not take the message.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed of; the message may or may not be stored.</exception>
    public ValueTask<PublishResult> PublishAsync(
        string sessionId,
        ReadOnlyMemory<byte> payload,
        PublishOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var utf8 = IdBytes.Encode(sessionId, stackalloc byte[ProtocolLimits.MaxIdBytes], nameof(sessionId));
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<PublishResult>(cancellationToken);
        Start();
        var answer = _traffic.Publishes.Add(sessionId, utf8, payload, options ?? PublishOptions.Default, cancellationToken);
        _traffic.Wake.Set();
        return answer;
    }

    /// <summary>Publishes a text, as the other overload does.</summary>
    /// <inheritdoc cref="PublishAsync(string, ReadOnlyMemory{byte}, PublishOptions?, CancellationToken)" path="/exception"/>
    public ValueTask<PublishResult> PublishAsync(
        string sessionId, string text, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return PublishAsync(sessionId, Encoding.UTF8.GetBytes(text), options, cancellationToken);
    }

    /// <summary>
    /// Opens a way to publish to a session without a wait for each answer: for streams of messages, at rates that an awaited
    /// call a message does not reach.
    /// </summary>
    /// <param name="sessionId">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">The session's id is none, or an option out of its range.</exception>
    /// <exception cref="WireConnectionException">The client has ended.</exception>
    /// <exception cref="WireProtocolException">The client has ended.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed of.</exception>
    public WirePublisher OpenPublisher(string sessionId, WirePublisherOptions? options = null)
    {
        var utf8 = IdBytes.Encode(sessionId, stackalloc byte[ProtocolLimits.MaxIdBytes], nameof(sessionId));
        options ??= new WirePublisherOptions();
        options.Check();
        Start();
        return new WirePublisher(_traffic, _traffic.Publishes.Open(sessionId, utf8, options));
    }

    /// <summary>Reads stored messages.</summary>
    /// <param name="sessionId">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <param name="fromSequence">
    /// Forward the first sequence wanted, 0 for the oldest there is; backward the last one, 0 for the newest there is.
    /// </param>
    /// <param name="limit">The most messages, 1 to 1,000; 0 for 50. A page may hold fewer, to fit a frame.</param>
    /// <param name="backward">The newest up to and including <paramref name="fromSequence"/>.</param>
    /// <param name="cancellationToken">Ends the waiting with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The session's id is none, or the limit out of its range.</exception>
    /// <exception cref="WireRequestException">The server refuses it, or cannot read what was asked for.</exception>
    /// <exception cref="WireConnectionException">The client has ended.</exception>
    /// <exception cref="WireProtocolException">The client has ended.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed of.</exception>
    public async ValueTask<MessagePage> FetchAsync(
        string sessionId,
        ulong fromSequence = 0,
        int limit = 0,
        bool backward = false,
        CancellationToken cancellationToken = default)
    {
        CheckSession(sessionId);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, ProtocolLimits.MaxPageMessages);
        Start();
        while (true)
        {
            var request = new Fetch
            {
                SessionId = sessionId,
                FromSequence = fromSequence,
                Limit = (uint)limit,
                Backward = backward,
            };
            var answer = await _traffic.Fetches.FetchAsync(request, cancellationToken).ConfigureAwait(false);
            if (answer.Page is { } page)
                return page;
            await Task.Delay(answer.RetryAfter, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Sends a passing hint to those who follow a session. It is never stored, and may be lost on the way.
    /// </summary>
    /// <param name="sessionId">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <param name="kind">What it says: <c>typing</c>, <c>read</c>, …</param>
    /// <param name="payload">At most 1 KiB.</param>
    /// <returns>False where there is no connection or too much waits for it: it is not sent, now or later.</returns>
    /// <exception cref="ArgumentException">The session's id is none, or the payload too long.</exception>
    public bool TrySignal(string sessionId, string kind, ReadOnlySpan<byte> payload = default)
    {
        CheckSession(sessionId);
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, ProtocolLimits.MaxSignalBytes, nameof(payload));
        Start();
        var signal = new Signal { SessionId = sessionId, Kind = kind, Payload = ByteString.CopyFrom(payload) };
        return _traffic.TrySendPassing(new Frame { Signal = signal });
    }

    /// <summary>Asks for the reply that is in the making to end; what there is of it is stored.</summary>
    /// <param name="sessionId">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <param name="inReplyTo">The sequence of a message that it answers.</param>
    /// <returns>False where there is no connection or too much waits for it: it is not sent, now or later.</returns>
    /// <exception cref="ArgumentException">The session's id is none.</exception>
    public bool TryStop(string sessionId, ulong inReplyTo)
    {
        CheckSession(sessionId);
        Start();
        return _traffic.TrySendPassing(new Frame { Stop = new Stop { SessionId = sessionId, InReplyTo = inReplyTo } });
    }

    /// <summary>
    /// The signals of others in the sessions that this client follows, of all together. Who reads slowly loses the oldest; of
    /// several readers each gets some.
    /// </summary>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    public IAsyncEnumerable<ReceivedSignal> ReadSignalsAsync(CancellationToken cancellationToken = default)
    {
        Start();
        return _traffic.Signals.ReadAllAsync(cancellationToken);
    }

    private static void CheckSession(string sessionId)
        => IdBytes.Encode(sessionId, stackalloc byte[ProtocolLimits.MaxIdBytes], nameof(sessionId));
}
