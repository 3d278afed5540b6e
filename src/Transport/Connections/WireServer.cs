using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Wire.Protocol;
using Wire.Security;
using Wire.Sessions;
using Wire.Transport.Output;

namespace Wire.Transport.Connections;

/// <summary>
/// All connections of the process, whichever listener they came from: admission, the one heartbeat, the shared budget, and the
/// drain. One for each engine. Thread-safe.
/// </summary>
internal sealed partial class WireServer : IDisposable
{
    /// <summary>How long a close waits for the peer to take the last frames (docs/protocol.md, Staying alive and leaving).</summary>
    public static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan MaxHeartbeatPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MinHeartbeatPeriod = TimeSpan.FromMilliseconds(10);
    private const int HeartbeatsAnInterval = 8;
    private const int MinPingsABeat = 256;
    private const int ReconnectAfterMs = 1000;

    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _hardStop = new();
    private readonly TimeSpan _heartbeatPeriod;
    private ITimer? _heartbeat;
    private int _isBeating;
    private int _isReclaiming;
    private long _nothingToReclaimAt = -1;
    private volatile bool _isDraining;

    public WireServer(WireEngine engine, IAuthenticator authenticator, TransportLimits limits, TimeProvider time, ILogger<WireServer> logger)
    {
        Engine = engine;
        Authenticator = authenticator;
        Limits = limits;
        Time = time;
        Logger = logger;
        NodeId = engine.Options.NodeId.ToString(CultureInfo.InvariantCulture);
        PingIntervalMs = (long)limits.PingInterval.TotalMilliseconds;
        HandshakeTimeoutMs = (long)limits.HandshakeTimeout.TotalMilliseconds;
        HardStop = _hardStop.Token;

        var shortest = limits.PingInterval < limits.HandshakeTimeout ? limits.PingInterval : limits.HandshakeTimeout;
        _heartbeatPeriod = shortest / HeartbeatsAnInterval;
        _heartbeatPeriod = _heartbeatPeriod > MaxHeartbeatPeriod ? MaxHeartbeatPeriod : _heartbeatPeriod;
        _heartbeatPeriod = _heartbeatPeriod < MinHeartbeatPeriod ? MinHeartbeatPeriod : _heartbeatPeriod;
        Clock = new CoarseClock(time, _heartbeatPeriod);
        Budget = new OutboxBudget(limits, Clock) { Exhausted = OnBuffersExhausted };
        Connections = new ConnectionTable(limits.MaxConnections);
    }

    public WireEngine Engine { get; }
    public IAuthenticator Authenticator { get; }
    public TransportLimits Limits { get; }
    public TimeProvider Time { get; }
    public ILogger Logger { get; }
    public string NodeId { get; }
    public long PingIntervalMs { get; }
    public long HandshakeTimeoutMs { get; }
    public CoarseClock Clock { get; }
    public OutboxBudget Budget { get; }
    public ConnectionTable Connections { get; }

    /// <summary>Completes once the engine serves. A listener may be there earlier; its clients wait.</summary>
    public Task Started => _started.Task;

    /// <summary>Whether the connections are being ended, and new ones turned away.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>Cancelled when what has not ended in good order is broken off.</summary>
    public CancellationToken HardStop { get; }

    /// <summary>Serves a connection until it is closed. Never throws.</summary>
    public Task ServeAsync(ConnectionContext context) => new ClientConnection(this, context).RunAsync();

    /// <summary>The engine serves: the handshakes go on, and time begins to count.</summary>
    public void Start()
    {
        _heartbeat = Time.CreateTimer(static server => ((WireServer)server!).OnHeartbeat(), this, _heartbeatPeriod, _heartbeatPeriod);
        _started.TrySetResult();
    }

    /// <summary>Tells all connections to go, and turns new ones away. Returns at once; <see cref="DrainAsync"/> waits.</summary>
    public void BeginDrain()
    {
        if (_isDraining)
            return;
        _isDraining = true;
        LogDrainStarted(Logger, Connections.Count);
        Engine.LetGoOfHeld(); // else their loops would not come to see it
        foreach (var connection in Connections)
            connection.StopReading();
    }

    /// <summary>
    /// Ends all connections in good order: GoAway, what was read is answered, close. What is left after <paramref name="grace"/>
    /// is broken off. Completes when none is left.
    /// </summary>
    public async Task DrainAsync(TimeSpan grace)
    {
        BeginDrain();
        var empty = Connections.WhenEmptyAsync();
        if (!empty.IsCompleted)
            await Task.WhenAny(empty, Task.Delay(grace, Time)).ConfigureAwait(false);
        if (empty.IsCompleted)
        {
            LogDrainEnded(Logger);
            return;
        }

        LogDrainCutShort(Logger, Connections.Count, grace);
        await BreakOffAsync().ConfigureAwait(false);
        await empty.ConfigureAwait(false);
    }

    /// <summary>Breaks all connections off, because nothing can be answered any more.</summary>
    public async Task BreakOffAsync()
    {
        _isDraining = true;
        Engine.LetGoOfHeld();
        await _hardStop.CancelAsync().ConfigureAwait(false);
        foreach (var connection in Connections)
            connection.Reset();
    }

    /// <summary>A GoAway for one connection. The time is spread, so that not all come back at once.</summary>
    public GoAway NewGoAway()
        => new() { Reason = "drain", ReconnectAfterMs = (uint)Random.Shared.Next(ReconnectAfterMs, 3 * ReconnectAfterMs) };

    public void Dispose()
    {
        _heartbeat?.Dispose();
        _hardStop.Cancel();
    }

    private void OnHeartbeat()
    {
        // A tick that is late does not run beside the next one.
        if (Interlocked.Exchange(ref _isBeating, 1) != 0)
            return;
        try
        {
            Clock.Advance();
            var now = Clock.Now;

            // Clients that came together fall silent together. Spread over the beats of an interval their pings take few of the
            // transport's buffers at once.
            var pingsLeft = Math.Max(MinPingsABeat, Connections.Count / HeartbeatsAnInterval);
            foreach (var connection in Connections)
                connection.OnHeartbeat(now, ref pingsLeft);
            if (Budget.Excess > 0)
                OnBuffersExhausted();
        }
        finally
        {
            Volatile.Write(ref _isBeating, 0);
        }
    }

    private void OnBuffersExhausted()
    {
        if (Volatile.Read(ref _nothingToReclaimAt) != Clock.Now && Interlocked.Exchange(ref _isReclaiming, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static server => server.ReclaimBuffers(), this, preferLocal: false);
    }

    private void ReclaimBuffers()
    {
        var excess = Budget.Excess;
        var closed = CloseStalled(excess);
        if (closed > 0)
            LogBuffersExhausted(Logger, Limits.BufferBytes, closed);
        else if (excess > 0) // else it was for a moment
            Volatile.Write(ref _nothingToReclaimAt, Clock.Now); // those that are closing hold it: not asked again before the next beat
        Volatile.Write(ref _isReclaiming, 0);
    }

    /// <summary>Closes those that have taken nothing for longest, until what is left fits. Returns how many.</summary>
    private int CloseStalled(long excess)
    {
        if (excess <= 0)
            return 0;

        var stalled = new PriorityQueue<ClientConnection, long>();
        foreach (var connection in Connections)
        {
            var charged = connection.Outbox.ChargedBytes;
            if (charged == 0)
                continue;
            if (connection.Outbox.IsClosed)
                excess -= charged;
            else
                stalled.Enqueue(connection, connection.Outbox.TakenAt);
        }

        var closed = 0;
        while (excess > 0 && stalled.TryDequeue(out var connection, out _))
        {
            var charged = connection.Outbox.ChargedBytes;
            if (charged == 0)
                continue; // it has sent it meanwhile
            excess -= charged;
            connection.Outbox.Abort(FatalErrors.OutOfBuffers(), dropWaiting: true);
            closed++;
        }
        return closed;
    }
}
