using System.Runtime.CompilerServices;
using System.Text;
using Wire.Client;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.InProcess;

/// <summary>The sessions of an engine, for its own process.</summary>
internal sealed class InProcessSessions(WireEngine engine) : IWireSessions
{
    private long _lastReader;

    public ValueTask<PublishResult> PublishAsync(
        string sessionId, ReadOnlyMemory<byte> payload, SessionPublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= SessionPublishOptions.Default;
        Span<byte> utf8 = stackalloc byte[ProtocolLimits.MaxIdBytes];
        var session = IdBytes.Encode(sessionId, utf8, nameof(sessionId)).ToArray();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, engine.Options.MaxFrameBytes, nameof(payload));
        var append = new InProcessPublish(sessionId, session, Check(options))
        {
            Role = options.Role,
            PublishId = options.PublishId ?? 0,
            ExpectedHead = options.ExpectedHead,
            Durability = Resolve(options.Durability),
            Messages = [new LocalMessage(payload, options.Kind, options.Channel, options.InReplyTo)],
        };
        cancellationToken.ThrowIfCancellationRequested();
        if (!engine.TryAppend(append))
            throw NotRunning();
        return new ValueTask<PublishResult>(append.Result.WaitAsync(cancellationToken));
    }

    public async ValueTask<MessagePage> FetchAsync(
        string sessionId, ulong fromSequence = 0, int limit = 0, bool backward = false, CancellationToken cancellationToken = default)
    {
        CheckSession(sessionId);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, ProtocolLimits.MaxPageMessages);
        await using var reader = await OpenAsync(sessionId, cancellationToken).ConfigureAwait(false);
        await reader.SendAsync(new Frame
        {
            Fetch = new Fetch { RequestId = 1, SessionId = sessionId, FromSequence = fromSequence, Limit = (uint)limit, Backward = backward },
        }).ConfigureAwait(false);
        return await reader.Page.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public IAsyncEnumerable<ReceivedMessage> SubscribeAsync(
        string sessionId, ulong fromSequence = 0, CancellationToken cancellationToken = default)
    {
        CheckSession(sessionId);
        return FollowAsync(sessionId, fromSequence, cancellationToken);
    }

    private async IAsyncEnumerable<ReceivedMessage> FollowAsync(
        string sessionId, ulong fromSequence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = await OpenAsync(sessionId, cancellationToken).ConfigureAwait(false);
        await reader.SendAsync(new Frame { Subscribe = new Subscribe { SessionId = sessionId, FromSequence = fromSequence } })
            .ConfigureAwait(false);
        while (await reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (reader.TryRead(out var message))
                yield return message;
        }
    }

    // A connection of its own for each call: any number of readers may follow one session, each at its own pace.
    private async ValueTask<InProcessReader> OpenAsync(string sessionId, CancellationToken cancellationToken)
    {
        if (!engine.IsRunning)
            throw NotRunning();
        var outbox = new InProcessOutbox(sessionId, engine.Options.MaxFrameBytes);
        var name = $"{SessionPublishOptions.DefaultSender}-{Interlocked.Increment(ref _lastReader)}";
        var connection = await engine.ConnectAsync(name, Role.System, outbox, cancellationToken).ConfigureAwait(false);
        var reader = new InProcessReader(engine, connection, outbox);
        if (engine.IsRunning)
            return reader;
        await reader.DisposeAsync().ConfigureAwait(false); // the stop may have looked for readers before this one was there
        throw NotRunning();
    }

    private Durability Resolve(Durability durability) => durability switch
    {
        Durability.Default => engine.DefaultDurability,
        Durability.Disk when !engine.Log.CanPromiseDisk =>
            throw new ArgumentException("The log is in memory and cannot promise DISK.", nameof(durability)),
        Durability.Memory or Durability.Disk => durability,
        _ => throw new ArgumentException($"{(int)durability} is no level.", nameof(durability)),
    };

    private static byte[] Check(SessionPublishOptions options)
    {
        if (options.PublishId == 0)
            throw new ArgumentException("A publish_id is at least 1.", nameof(options));
        if (options.Role is not (Role.Visitor or Role.Agent or Role.Bot or Role.System))
            throw new ArgumentException($"{(int)options.Role} is no role.", nameof(options));
        var sender = options.Sender;
        if (sender == SessionPublishOptions.DefaultSender)
            return SessionPublishOptions.DefaultSenderUtf8.ToArray();
        Span<byte> utf8 = stackalloc byte[ProtocolLimits.MaxIdBytes];
        if (sender.StartsWith('$') || !IdBytes.TryEncode(sender, utf8, out var id))
            throw new ArgumentException("A sender is 1 to 128 bytes of UTF-8 without control characters, not beginning with $.", nameof(options));
        return id.ToArray();
    }

    private static void CheckSession(string sessionId) =>
        IdBytes.Encode(sessionId, stackalloc byte[ProtocolLimits.MaxIdBytes], nameof(sessionId));

    private static InvalidOperationException NotRunning() => new("The server has not started, or has stopped.");
}
