using Microsoft.Extensions.Logging;
using Wire.Client;
using Wire.Diagnostics;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Subscriptions;

namespace Wire.Handlers;

/// <summary>
/// Runs the turns that workers decide on, so many at once, and the others in the order in which they came. It watches their
/// time, and finds after a start what was left unanswered. Thread-safe.
/// </summary>
internal sealed partial class TurnPump
{
    /// <summary>The session in which it is written down since when a handler answers on this log.</summary>
    public static ReadOnlySpan<byte> HandlersSession => "$handlers"u8;

    private static readonly TimeSpan WatchPeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly HandlerOptions _options;
    private readonly ILogger _logger;
    private readonly Queue<Turn> _waiting = new();
    private readonly List<(Turn Turn, long Since)> _retries = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private Task _resumed = Task.CompletedTask;
    private Turn? _earliest, _latest;
    private int _running;
    private int _waitingCount;
    private bool _isStarted;
    private bool _isStopping;
    private volatile bool _holdsNobody;
    private long _enabledAt;
    private ITimer? _watch;

    /// <exception cref="ArgumentException">Options are out of their range; the message names all of them.</exception>
    public TurnPump(WireEngine engine, IMessageHandler handler, HandlerOptions options, ILogger logger)
    {
        var faults = string.Join("; ", options.Faults());
        if (faults.Length > 0)
            throw new ArgumentException($"The options of the handler are out of range: {faults}.", nameof(options));
        Engine = engine;
        Handler = handler;
        ClientId = System.Text.Encoding.UTF8.GetBytes(options.ClientId);
        _options = options;
        _logger = logger;
    }

    public WireEngine Engine { get; }
    public IMessageHandler Handler { get; }

    /// <summary>The handler as a producer.</summary>
    public byte[] ClientId { get; }

    /// <summary>Whether visitors are to be held back. Any thread.</summary>
    public bool IsFull => !_holdsNobody && Volatile.Read(ref _waitingCount) >= _options.MaxWaiting;

    /// <summary>Once the engine runs: notes since when this handler answers, and takes up what was left unanswered.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var mark = new EnabledMark(ClientId, Engine.Log.CanPromiseDisk ? Durability.Disk : Durability.Memory);
        Engine.TryAppend(mark);
        var result = await mark.Result.WaitAsync(cancellationToken).ConfigureAwait(false);
        var messages = new List<ReceivedMessage>();
        var isKnown = result.Status is LocalAppendStatus.Stored or LocalAppendStatus.Duplicate
            && TryRead(mark.SessionId, result.Range, result.Sequence, result.Sequence, messages) && messages.Count == 1;
        // Where that cannot be written, on a full disk for one, it answers what comes from now on.
        Volatile.Write(ref _enabledAt, isKnown ? (long)messages[0].Id.Packed : Engine.Ids.Take(1));
        _watch = Engine.Time.CreateTimer(static pump => ((TurnPump)pump!).Watch(), this, WatchPeriod, WatchPeriod);
        lock (_lock)
        {
            // Sessions may have been used in process meanwhile; only now is it known which of their messages want an answer.
            _isStarted = true;
            while (_running < _options.MaxTurns && _waiting.TryDequeue(out var turn))
                BeginUnsynchronized(turn);
            Volatile.Write(ref _waitingCount, _waiting.Count);
        }
        _resumed = ResumeAsync(Engine.Log.TakeUnanswered());
    }

    /// <summary>Lets go of the visitors that are held back, and holds nobody any more: their connections are being ended. Any thread.</summary>
    public void LetGoOfHeld()
    {
        _holdsNobody = true;
        foreach (var worker in Engine.Workers)
            worker.Schedule();
    }

    /// <summary>Cancels what runs; nothing is stored of it, and it is given again after the next start.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        LetGoOfHeld();
        List<Turn> running = [], retries;
        lock (_lock)
        {
            _isStopping = true;
            _waiting.Clear();
            Volatile.Write(ref _waitingCount, 0);
            retries = [.. _retries.Select(retry => retry.Turn)];
            _retries.Clear();
            for (var turn = _earliest; turn is not null; turn = turn.Later)
                running.Add(turn);
            if (_running == 0)
                _ended.TrySetResult();
        }
        _watch?.Dispose();
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var turn in running)
            turn.End(TurnEnd.Shutdown);
        foreach (var turn in retries)
            turn.PostPartIsOver(); // the log could not take what they left behind
        try
        {
            await Task.WhenAll(_ended.Task, _resumed).WaitAsync(StopGrace, Engine.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LogHandlersLeft(Volatile.Read(ref _running));
        }
    }

    /// <summary>Takes a turn in. The workers'.</summary>
    public void Add(Turn turn)
    {
        lock (_lock)
        {
            if (_isStopping)
                return;
            if (_isStarted && _running < _options.MaxTurns)
            {
                BeginUnsynchronized(turn);
            }
            else
            {
                _waiting.Enqueue(turn);
                Volatile.Write(ref _waitingCount, _waiting.Count);
            }
        }
    }

    /// <summary>A turn is over: another may begin. The workers'.</summary>
    public void OnOver(Turn turn)
    {
        bool wasFull;
        lock (_lock)
        {
            wasFull = IsFull;
            if (turn.Earlier is null)
                _earliest = turn.Later;
            else
                turn.Earlier.Later = turn.Later;
            if (turn.Later is null)
                _latest = turn.Earlier;
            else
                turn.Later.Earlier = turn.Earlier;
            turn.Earlier = turn.Later = null; // else whoever keeps it keeps all that came after it
            _running--;
            if (_isStopping)
            {
                if (_running == 0)
                    _ended.TrySetResult();
                return;
            }
            if (_waiting.TryDequeue(out var next))
            {
                Volatile.Write(ref _waitingCount, _waiting.Count);
                BeginUnsynchronized(next);
            }
        }
        if (!wasFull || IsFull)
            return;
        foreach (var worker in Engine.Workers)
            worker.Schedule(); // it lets go of those whom it holds back
    }

    /// <summary>Has a turn that the log could not take appended again, in a second; false where that is of no use.</summary>
    public bool RetryLater(Turn turn)
    {
        if (Engine.Log.Health == LogHealth.Failed)
            return false;
        lock (_lock)
        {
            if (_isStopping)
                return false;
            _retries.Add((turn, Engine.Time.GetTimestamp()));
            return true;
        }
    }

    /// <summary>An id for a reply in the making, unique as those of messages are.</summary>
    public ulong NewReplyId() => MessageId.FromPacked((ulong)Engine.Ids.Take(1), Engine.Options.NodeId);

    public void OnUnreadable(Turn turn, Exception? exception) => LogTurnUnreadable(exception, turn.LookedAt);

    public void OnHandlerFailed(Turn turn, Exception exception) => LogHandlerFailed(exception, turn.Through);

    private void BeginUnsynchronized(Turn turn)
    {
        turn.Earlier = _latest;
        if (_latest is null)
            _earliest = turn;
        else
            _latest.Later = turn;
        _latest = turn;
        _running++;
        ThreadPool.UnsafeQueueUserWorkItem(turn, preferLocal: false);
    }

    private void Watch()
    {
        List<Turn> late = [], stuck = [], again = [];
        lock (_lock)
        {
            if (_isStopping)
                return;
            for (var turn = _earliest; turn is not null; turn = turn.Later)
            {
                if (turn.Through == 0)
                    continue; // the handler has not been given it yet
                if (!turn.IsCancelled && Engine.Time.GetElapsedTime(turn.StartedAt) >= _options.TurnTimeout)
                    late.Add(turn);
                else if (turn.IsCancelled && turn.CancelledAt == 0)
                    turn.CancelledAt = Engine.Time.GetTimestamp();
                else if (turn.IsCancelled && Engine.Time.GetElapsedTime(turn.CancelledAt) >= _options.CancellationGrace)
                    stuck.Add(turn);
            }
            var due = _retries.FindIndex(retry => Engine.Time.GetElapsedTime(retry.Since) < RetryAfter); // in the order of their time
            due = due < 0 ? _retries.Count : due;
            again.AddRange(_retries.Take(due).Select(retry => retry.Turn));
            _retries.RemoveRange(0, due);
        }
        foreach (var turn in late)
        {
            if (turn.End(TurnEnd.TimedOut))
                LogTurnTimedOut(turn.Through, _options.TurnTimeout);
        }
        foreach (var turn in stuck)
        {
            if (turn.HasReturned)
                continue;
            LogHandlerStuck(turn.Through, _options.CancellationGrace);
            turn.Return();
        }
        foreach (var turn in again)
        {
            if (!Engine.TryAppend(turn))
                turn.PostPartIsOver();
        }
    }

    [LoggerMessage(EventIds.HandlerFailed, LogLevel.Error, "The handler failed in its turn for message {Sequence} of a session")]
    private partial void LogHandlerFailed(Exception exception, ulong sequence);

    [LoggerMessage(EventIds.TurnTimedOut, LogLevel.Warning, "The handler's turn for message {Sequence} of a session was ended after {Timeout}")]
    private partial void LogTurnTimedOut(ulong sequence, TimeSpan timeout);

    [LoggerMessage(EventIds.HandlerStuck, LogLevel.Error,
        "The handler goes on with its turn for message {Sequence} of a session {Grace} after it was cancelled; it is waited for no longer")]
    private partial void LogHandlerStuck(ulong sequence, TimeSpan grace);

    [LoggerMessage(EventIds.TurnUnreadable, LogLevel.Error, "A session's messages up to {Sequence} get no answer: its stored data is damaged or cannot be read")]
    private partial void LogTurnUnreadable(Exception? exception, ulong sequence);

    [LoggerMessage(EventIds.HandlersLeft, LogLevel.Warning, "The stop does not wait any longer for {Count} turns that do not end")]
    private partial void LogHandlersLeft(int count);
}
