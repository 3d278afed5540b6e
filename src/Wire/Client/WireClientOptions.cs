using Microsoft.Extensions.Logging;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>How a <see cref="WireClient"/> connects and what it may hold. Read once, when the client is made.</summary>
public sealed class WireClientOptions
{
    /// <summary>The server's name or address. Default: 127.0.0.1. Not used where <see cref="StreamFactory"/> is set.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>The server's TCP port, 1 to 65535. Default: 7400. Not used where <see cref="StreamFactory"/> is set.</summary>
    public int Port { get; set; } = 7400;

    /// <summary>
    /// Opens the byte stream of one connection: an <see cref="System.Net.Security.SslStream"/>, a tunnel. The client disposes of
    /// it. An endpoint that a server names in GoAway is then not followed. Default: null, raw TCP to <see cref="Host"/> and
    /// <see cref="Port"/>.
    /// </summary>
    public Func<CancellationToken, ValueTask<Stream>>? StreamFactory { get; set; }

    /// <summary>
    /// The name of this producer: 1 to 128 bytes of UTF-8 without control characters, not beginning with <c>$</c>. Stable over
    /// restarts, and used by one client at a time: a second one takes over, and the first ends. Required.
    /// </summary>
    public string ClientId { get; set; } = "";

    /// <summary>Gives the token for each new connection, so that a renewed one is used. Default: null, no token.</summary>
    public Func<CancellationToken, ValueTask<string>>? TokenProvider { get; set; }

    /// <summary>
    /// The level asked for where a publish names none. Default: <see cref="Durability.Default"/>, as the server is set.
    /// </summary>
    public Durability DefaultDurability { get; set; }

    /// <summary>
    /// The most publishes that are on the wire unanswered; more wait in the client until an answer makes room.
    /// 1 to 1,000,000. Default: 4,096.
    /// </summary>
    public int MaxUnanswered { get; set; } = 4096;

    /// <summary>
    /// The most publishes that wait in the client for the wire; one more fails with <see cref="InvalidOperationException"/>,
    /// so that a caller who does not await cannot fill the memory. 1 to 10,000,000. Default: 65,536.
    /// </summary>
    public int MaxWaiting { get; set; } = 65_536;

    /// <summary>
    /// The most messages that a subscription keeps for a reader who is slow; beyond, or beyond 1 MiB of them, the client ends
    /// the subscription on the wire and takes it up again where it stopped once half of them are read. So a slow reader costs
    /// nobody else, and loses nothing. 1 to 1,000,000. Default: 1,024.
    /// </summary>
    public int SubscriptionBuffer { get; set; } = 1024;

    /// <summary>
    /// Keeps every publish in a file from the call to its answer, so that it outlives the process. Opened when the client is made.
    /// Default: null, publishes that have no answer are lost with the process.
    /// </summary>
    public WireQueueOptions? Queue { get; set; }

    /// <summary>How long an attempt to connect may take, to the server's Welcome. Above zero. Default: 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The longest wait before the first attempt after a loss; it doubles with each failure, and each wait is drawn evenly from
    /// the upper half, so that many clients do not come at once. Above zero. Default: 100 ms.
    /// </summary>
    public TimeSpan ReconnectDelayMin { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Where the doubling ends. At least <see cref="ReconnectDelayMin"/>. Default: 10 s. A time that the server asks for is
    /// kept even where it is longer.
    /// </summary>
    public TimeSpan ReconnectDelayMax { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After this time without a byte the client sends a Ping, and after three it gives the connection up and opens another.
    /// Default: null, the server's own <c>ping_interval_ms</c>.
    /// </summary>
    public TimeSpan? PingInterval { get; set; }

    /// <summary>
    /// How long <see cref="WireClient.DisposeAsync"/> waits for the answers to what is under way. Not negative. Default: 5 s.
    /// </summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock of all waits. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where the client tells of connections opened and lost. Default: null, nowhere.</summary>
    public ILogger? Logger { get; set; }

    /// <summary>A copy that nobody changes, once all is within its range.</summary>
    internal WireClientOptions Checked()
    {
        var faults = new List<string>();
        void Check(bool isInRange, string fault)
        {
            if (!isInRange)
                faults.Add(fault);
        }

        Span<byte> utf8 = stackalloc byte[ProtocolLimits.MaxIdBytes];
        Check(
            ClientId is not null && !ClientId.StartsWith('$') && IdBytes.TryEncode(ClientId, utf8, out _),
            $"{nameof(ClientId)} is 1 to 128 bytes of UTF-8 without control characters, not beginning with $");
        Check(StreamFactory is not null || !string.IsNullOrEmpty(Host), $"{nameof(Host)} is empty");
        Check(StreamFactory is not null || Port is > 0 and <= ushort.MaxValue, $"{nameof(Port)} is 1 to 65535");
        Check(Enum.IsDefined(DefaultDurability), $"{nameof(DefaultDurability)} is no level");
        Check(MaxUnanswered is > 0 and <= 1_000_000, $"{nameof(MaxUnanswered)} is 1 to 1,000,000");
        Check(MaxWaiting is > 0 and <= 10_000_000, $"{nameof(MaxWaiting)} is 1 to 10,000,000");
        Check(SubscriptionBuffer is > 0 and <= 1_000_000, $"{nameof(SubscriptionBuffer)} is 1 to 1,000,000");
        if (Queue is { } queue)
        {
            Check(!string.IsNullOrEmpty(queue.Path), $"{nameof(Queue)}.{nameof(queue.Path)} is empty");
            Check(queue.MaxMessages is > 0 and <= 10_000_000, $"{nameof(Queue)}.{nameof(queue.MaxMessages)} is 1 to 10,000,000");
            Check(queue.MaxBytes > 0, $"{nameof(Queue)}.{nameof(queue.MaxBytes)} is above zero");
        }
        Check(IsTimeout(ConnectTimeout), $"{nameof(ConnectTimeout)} is above zero and at most a day");
        Check(IsTimeout(ReconnectDelayMin), $"{nameof(ReconnectDelayMin)} is above zero and at most a day");
        Check(IsTimeout(ReconnectDelayMax), $"{nameof(ReconnectDelayMax)} is above zero and at most a day");
        Check(ReconnectDelayMax >= ReconnectDelayMin, $"{nameof(ReconnectDelayMax)} is at least {nameof(ReconnectDelayMin)}");
        Check(PingInterval is null || IsTimeout(PingInterval.Value), $"{nameof(PingInterval)} is above zero and at most a day");
        Check(CloseTimeout == TimeSpan.Zero || IsTimeout(CloseTimeout), $"{nameof(CloseTimeout)} is zero to a day");
        Check(TimeProvider is not null, $"{nameof(TimeProvider)} is null");
        if (faults.Count > 0)
            throw new ArgumentException($"The options of the client are out of range: {string.Join("; ", faults)}.");
        var copy = (WireClientOptions)MemberwiseClone();
        copy.Queue = Queue?.Copy();
        return copy;
    }

    /// <summary>Tells an answer to what an earlier process had published.</summary>
    internal void TellRecovered(string sessionId, PublishAnswer answer)
    {
        if (answer.Refusal is { } refusal && Logger is { } logger)
            WireClient.LogRecoveredRefused(logger, ClientId, sessionId, refusal.PublishId, refusal.Message);
        Queue?.OnRecoveredAnswer?.Invoke(sessionId, answer);
    }

    private static bool IsTimeout(TimeSpan time) => time > TimeSpan.Zero && time <= TimeSpan.FromDays(1);
}
