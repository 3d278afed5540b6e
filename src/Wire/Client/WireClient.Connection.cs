using Wire.Protocol;

namespace Wire.Client;

public sealed partial class WireClient
{
    private readonly Lock _gate = new();
    private readonly ClientStates _states = new();
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _attempt = NewAttempt();
    private Task? _running;
    private bool _isConnected;
    private bool _isDisposed;
    private int _connections;

    /// <summary>There is a connection, as far as this side knows.</summary>
    public bool IsConnected => Volatile.Read(ref _isConnected);

    /// <summary>The state of the connection, and why it is so.</summary>
    public WireClientState State => _states.Current;

    /// <summary>How many connections were opened so far: above 1 they were lost in between.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>
    /// The state of the connection: the present one at once, then each change, to the last one
    /// (<see cref="WireClientStatus.Ended"/>), after which it ends. The client waits for no watcher: who reads slowly loses the
    /// oldest of more than 64. It does not make the client connect. Any number may watch.
    /// </summary>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    public IAsyncEnumerable<WireClientState> WatchStateAsync(CancellationToken cancellationToken = default)
        => _states.WatchAsync(cancellationToken);

    /// <summary>
    /// Waits for the connection, or the failure of the attempt that is under way or comes next. No other call needs it: it is
    /// for who wants to know whether the server can be reached.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting; the client goes on trying.</param>
    /// <exception cref="WireConnectionException">
    /// That attempt failed; the client goes on trying unless <see cref="WireConnectionException.IsFinal"/>.
    /// </exception>
    /// <exception cref="WireProtocolException">What answers there does not speak the protocol. The client has ended.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed of.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        Start();
        lock (_gate)
            return _isConnected ? Task.CompletedTask : _attempt.Task.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Ends the client: what is under way is still sent and answered, within <see cref="WireClientOptions.CloseTimeout"/> and
    /// where there is a connection; then every call that has not ended does so with <see cref="ObjectDisposedException"/>.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (_gate)
        {
            _isDisposed = true;
            running = _running;
        }
        _traffic.Publishes.TakeNoMore();
        await _stop.CancelAsync().ConfigureAwait(false);
        if (running is not null)
            await running.ConfigureAwait(false);
        else
            End(Disposed, EndState(DisconnectReason.Disposed));
        _queue?.Dispose();
    }

    private void Start()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _running ??= Task.Run(RunAsync);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            var failures = 0;
            var endpoint = "";
            while (!_stop.IsCancellationRequested)
            {
                _states.Set(new WireClientState(WireClientStatus.Connecting, Connections));
                var (connection, end) = await _connector.ConnectAsync(endpoint, _stop.Token).ConfigureAwait(false);
                var wasServed = false;
                if (connection is not null)
                    (end, wasServed) = await CarryAsync(connection).ConfigureAwait(false);

                if (_stop.IsCancellationRequested)
                    return;
                if (end!.IsFinal)
                {
                    LogEnded(end.Detail);
                    End(end.ToException, EndState(end.Reason, end.Code, end.Detail));
                    return;
                }

                failures = wasServed ? 0 : failures + 1;
                endpoint = end.Endpoint;
                var delay = ReconnectDelay.Of(
                    failures, _options.ReconnectDelayMin, _options.ReconnectDelayMax, end.RetryAfter, Random.Shared.NextDouble());
                _states.Set(new WireClientState(
                    WireClientStatus.Disconnected, Connections, end.Reason, end.Code, end.Detail, delay));
                LogReconnecting(end, delay);
                if (connection is null)
                    AttemptFailed(end);
                await Task.Delay(delay, _options.TimeProvider, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            // A defect of this client. Nobody may wait for a loop that has died.
            LogEnded(exception.ToString());
            var detail = $"The client failed: {exception.Message}";
            End(
                () => new WireConnectionException(ErrorCode.Internal, detail, isFinal: true, exception),
                EndState(DisconnectReason.Failed, ErrorCode.Internal, detail));
        }
        finally
        {
            End(Disposed, EndState(DisconnectReason.Disposed));
        }
    }

    private async Task<(ConnectionEnd End, bool WasServed)> CarryAsync(ClientConnection connection)
    {
        await using (connection.ConfigureAwait(false))
        {
            // Disposed of before the connection: from then on nobody closes it.
            await using var stopping = _stop.Token
                .UnsafeRegister(_ => connection.Close(_options.CloseTimeout), null).ConfigureAwait(false);
            try
            {
                SetConnected();
                return (await connection.RunAsync(_options.PingInterval).ConfigureAwait(false), connection.WasServed);
            }
            finally
            {
                SetLost();
                _traffic.ConnectionLost();
            }
        }
    }

    private void SetConnected()
    {
        lock (_gate)
        {
            _isConnected = true;
            _connections++;
            _attempt.TrySetResult();
        }
        _states.Set(new WireClientState(WireClientStatus.Connected, Connections));
        LogConnected();
    }

    private void SetLost()
    {
        lock (_gate)
        {
            _isConnected = false;
            _attempt = NewAttempt();
        }
    }

    private void AttemptFailed(ConnectionEnd end)
    {
        lock (_gate)
        {
            _attempt.TrySetException(end.ToException());
            _attempt = NewAttempt();
        }
    }

    /// <summary>The first end counts.</summary>
    private void End(Func<Exception> exception, WireClientState state)
    {
        lock (_gate)
        {
            if (!_attempt.TrySetException(exception()))
                return;
        }
        _traffic.End(exception);
        _states.Set(state);
    }

    private WireClientState EndState(DisconnectReason reason, ErrorCode code = ErrorCode.Unspecified, string detail = "")
        => new(WireClientStatus.Ended, Connections, reason, code, detail);

    private static ObjectDisposedException Disposed() => new(nameof(WireClient));

    private static TaskCompletionSource NewAttempt()
    {
        var attempt = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // Whether anybody waits for it or not, its failure is dealt with.
        _ = attempt.Task.ContinueWith(static task => task.Exception, TaskContinuationOptions.OnlyOnFaulted);
        return attempt;
    }
}
