using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Wire.Diagnostics;
using Wire.Handlers;
using Wire.InProcess;
using Wire.Log;
using Wire.Protocol;
using Wire.Subscriptions;

namespace Wire.Sessions;

/// <summary>
/// The engine: the log, the workers that own the sessions, and the connected producers. Thread-safe.
/// </summary>
internal sealed partial class WireEngine
{
    private readonly ConcurrentDictionary<string, WireConnection> _connections = new(StringComparer.Ordinal);
    private readonly ILogger<WireEngine> _logger;
    private long _lastConnectionId;
    private readonly TaskCompletionSource _appendsDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _appendsInHand;
    private int _faulted;
    private volatile bool _isRunning;

    public WireEngine(IMessageLog log, WireEngineOptions options, TimeProvider time, ILogger<WireEngine> logger)
    {
        Log = log;
        Options = options;
        Time = time;
        _logger = logger;
        RingBudget = new RingBudget(options.RingBytes);
        Pumps = new PumpRunner(log);
        DefaultDurability = log.CanPromiseDisk && options.DefaultDurability != Durability.Memory ? Durability.Disk : Durability.Memory;
    }

    public IMessageLog Log { get; }
    public WireEngineOptions Options { get; }
    public TimeProvider Time { get; }
    public RingBudget RingBudget { get; }

    /// <summary>What runs the connections' pumps.</summary>
    public PumpRunner Pumps { get; }

    /// <summary>What a publish of level DEFAULT gets.</summary>
    public Durability DefaultDurability { get; }

    /// <summary>What runs the handler's turns; null where there is no handler.</summary>
    public TurnPump? Turns { get; private set; }

    /// <summary>Set by the start.</summary>
    public MessageIdSource Ids { get; private set; } = null!;

    /// <summary>Set by the start.</summary>
    public SessionWorker[] Workers { get; private set; } = [];

    /// <summary>Between its start and its stop.</summary>
    public bool IsRunning => _isRunning;

    /// <summary>A worker died: its sessions are in an unknown state, and the process must not go on serving. Raised once.</summary>
    public event Action<Exception>? Faulted;

    /// <summary>Has visitors' messages answered by a handler. Before the start.</summary>
    /// <exception cref="ArgumentException">Options are out of their range; the message names all of them.</exception>
    public void UseHandler(IMessageHandler handler, HandlerOptions options) => Turns = new TurnPump(this, handler, options, _logger);

    /// <summary>Opens the log and starts the workers.</summary>
    /// <exception cref="LogException">The stored data cannot be opened.</exception>
    /// <exception cref="ArgumentException">The largest frame does not fit a record of the log.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Options.MaxFrameBytes + RecordHeader.MaxOverhead > Log.MaxRecordBytes)
        {
            throw new ArgumentException(
                $"MaxFrameBytes is {Options.MaxFrameBytes}, but a record of the log holds at most {Log.MaxRecordBytes} bytes, "
                + $"of which {RecordHeader.MaxOverhead} are its own: lower MaxFrameBytes or raise the log's page size.");
        }
        await Log.OpenAsync(OnLogProgress, cancellationToken).ConfigureAwait(false);
        Ids = new MessageIdSource(Log.LastMessageId, Time);
        var count = Options.Workers > 0 ? Options.Workers : Math.Max(1, Environment.ProcessorCount / 2);
        var workers = new SessionWorker[count];
        for (var i = 0; i < count; i++)
            workers[i] = new SessionWorker(this, Math.Max(1, Options.LoadedSessions / count));
        Workers = workers;
        _isRunning = true;
        Log.RetireWith(this);
        if (Turns is not null)
            await Turns.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Hands an append of the process's own to its worker; false, and it is never told, where the engine does not run. Any thread.</summary>
    public bool TryAppend(LocalAppend append)
    {
        Interlocked.Increment(ref _appendsInHand); // with its fence: the stop looks at it after it has cleared the flag
        if (!_isRunning)
        {
            AppendDone();
            return false;
        }
        Workers[WorkerOf(append.SessionId)].Post(append);
        return true;
    }

    /// <summary>An append was told what became of it.</summary>
    public void AppendDone()
    {
        if (Interlocked.Decrement(ref _appendsInHand) == 0 && !_isRunning)
            _appendsDone.TrySetResult();
    }

    /// <summary>
    /// The worker that owns a session: the high part of a multiplicative hash, so that any number of workers share evenly.
    /// Nothing stored depends on it.
    /// </summary>
    public int WorkerOf(ReadOnlySpan<byte> sessionId) =>
        Workers.Length == 1 ? 0 : (int)((ulong)(Crc32C.Compute(sessionId) * 0x9E3779B1u) * (ulong)Workers.Length >> 32);

    /// <summary>
    /// Registers a producer. An older connection of the same client id is taken over: it is marked, gets TAKEN_OVER, and
    /// nothing of it is stored once this completes, so Welcome is sent after it.
    /// </summary>
    public async ValueTask<WireConnection> ConnectAsync(string clientId, Role role, IOutbox outbox, CancellationToken cancellationToken)
    {
        var connection = new WireConnection(this, Interlocked.Increment(ref _lastConnectionId), clientId, role, outbox);
        WireConnection? older = null;
        _connections.AddOrUpdate(clientId, connection, (_, existing) =>
        {
            older = existing;
            return connection;
        });
        if (older is not null)
        {
            older.Abort(new Error { Code = ErrorCode.TakenOver, Detail = "another connection of this client_id has taken over", Fatal = true });
            try
            {
                await PassBarrierAsync(cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                Disconnect(connection); // whoever asked for it will never have it
                throw;
            }
        }
        return connection;
    }

    /// <summary>Ends what the connection follows and forgets it. Called once its read loop has ended. Idempotent.</summary>
    public void Disconnect(WireConnection connection)
    {
        connection.Mark();
        _connections.TryRemove(new KeyValuePair<string, WireConnection>(connection.ClientId, connection));
        connection.Intake?.EndSubscriptions();
    }

    /// <summary>Lets go of read loops that wait until fewer sessions want an answer: nothing more is read. Any thread.</summary>
    public void LetGoOfHeld() => Turns?.LetGoOfHeld();

    /// <summary>Waits for the workers and closes the log. Called once all connections are gone.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (Turns is not null)
                await Turns.StopAsync(cancellationToken).ConfigureAwait(false);
            _isRunning = false;
            Interlocked.MemoryBarrier();
            foreach (var reader in _connections.Values.Select(connection => connection.Outbox).OfType<InProcessOutbox>())
                reader.Abort(new Error { Detail = "the server stops" });
            if (Interlocked.Read(ref _appendsInHand) > 0)
                await _appendsDone.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            await PassBarrierAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await Log.DisposeAsync().ConfigureAwait(false);
            foreach (var worker in Workers)
                worker.Dispose();
        }
    }

    /// <summary>Takes the engine out of service after a defect in a worker.</summary>
    public void Fault(Exception exception)
    {
        if (Interlocked.Exchange(ref _faulted, 1) != 0)
            return;
        LogWorkerDied(exception);
        Faulted?.Invoke(exception);
    }

    /// <summary>Ends one connection after a defect that concerns it alone.</summary>
    public void OnConnectionFault(WireConnection connection, Exception exception)
    {
        LogConnectionFault(exception, connection.Id);
        connection.Abort(new Error { Code = ErrorCode.Internal, Detail = "internal error", Fatal = true });
    }

    /// <summary>Notes that a session cannot be restored: what needs it gets DATA_LOSS.</summary>
    public void OnSessionDamaged(long address, Exception? exception) => LogSessionDamaged(exception, address);

    // Whatever a worker had taken up before this is done with afterwards.
    private async Task PassBarrierAsync(CancellationToken cancellationToken)
    {
        var passed = new Task[Workers.Length];
        for (var i = 0; i < passed.Length; i++)
        {
            var barrier = new BarrierSignal();
            Workers[i].Post(barrier);
            passed[i] = barrier.Passed;
        }
        await Task.WhenAll(passed).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void OnLogProgress()
    {
        foreach (var worker in Workers)
            worker.Schedule();
    }

    [LoggerMessage(EventIds.WorkerDied, LogLevel.Critical, "A worker died; its sessions are in an unknown state and the engine stops serving")]
    private partial void LogWorkerDied(Exception exception);

    [LoggerMessage(EventIds.ConnectionFault, LogLevel.Error, "Connection {ConnectionId} is ended after an internal error")]
    private partial void LogConnectionFault(Exception exception, long connectionId);

    [LoggerMessage(EventIds.SessionDamaged, LogLevel.Error,
        "A session cannot be restored: a record of its chain, whose newest is at address {Address}, is damaged or cannot be read")]
    private partial void LogSessionDamaged(Exception? exception, long address);
}
