using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Transport.Output;

namespace Wire.Transport.Connections;

/// <summary>
/// One connection, from accept to close: the handshake, the read loop, and the orderly end. Everything else reaches it through
/// its <see cref="Outbox"/>: whoever ends a connection puts the error there, and the read loop is woken and comes to its end.
/// </summary>
/// <remarks>
/// There may be a hundred thousand of these with nothing to do: while idle a connection is this object, its outbox, what the
/// engine keeps of it, and the one suspended <see cref="RunAsync"/>; no buffer, no timer.
/// </remarks>
internal sealed partial class ClientConnection : IOutboxOwner
{
    public const int NoSlot = -1;

    private readonly WireServer _server;
    private readonly ConnectionContext _context;
    private WireConnection? _connection;
    private ConnectionIntake? _intake;
    private Error? _readError;
    private ErrorCode _errorCode;
    private int _closeReason;
    private bool _inputIsDone;
    private bool _isDisconnected;

    public ClientConnection(WireServer server, ConnectionContext context)
    {
        _server = server;
        _context = context;
        Outbox = new Outbox(context.Transport.Output, server.Budget, this);
        _lastReceived = server.Clock.Now;
    }

    public Outbox Outbox { get; }

    /// <summary>The place in the <see cref="ConnectionTable"/>, which alone sets it.</summary>
    public int Slot { get; set; } = NoSlot;

    private CloseReason Reason => (CloseReason)Volatile.Read(ref _closeReason);

    /// <summary>Serves the connection. Never throws.</summary>
    public async Task RunAsync()
    {
        var input = _context.Transport.Input;
        try
        {
            if (await OpenAsync(input).ConfigureAwait(false))
            {
                while (!Outbox.IsClosed && !_server.IsDraining)
                {
                    // At the upper mark: whoever does not take answers is not read any further.
                    await Outbox.WaitBelowUpperMarkAsync(_server.HardStop).ConfigureAwait(false);

                    ReadResult read;
                    _isReading = true;
                    try
                    {
                        read = await input.ReadAsync().ConfigureAwait(false);
                    }
                    catch (Exception exception)
                    {
                        Lose(exception);
                        break;
                    }
                    _isReading = false;

                    var status = IntakeStatus.Drained;
                    var consumed = read.Buffer.Start;
                    if (!read.IsCanceled)
                    {
                        _lastReceived = _server.Clock.Now;
                        status = _intake!.Take(read.Buffer, out consumed);
                        await _intake.DispatchAsync().ConfigureAwait(false);
                    }
                    var isCut = status == IntakeStatus.Drained && !read.Buffer.Slice(consumed).IsEmpty;
                    var readsOn = read.IsCanceled || status == IntakeStatus.Waiting;
                    input.AdvanceTo(consumed, readsOn ? consumed : read.Buffer.End);

                    if (status == IntakeStatus.Fatal)
                    {
                        _readError = _intake!.Error;
                        break;
                    }
                    if (status == IntakeStatus.Waiting)
                    {
                        await _intake!.WaitForRoomAsync(_server.HardStop).ConfigureAwait(false);
                    }
                    else if (read.IsCompleted && !read.IsCanceled)
                    {
                        EndOfInput(isCut);
                        break;
                    }
                }
            }
            await CloseAsync(input).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await FailAsync(exception).ConfigureAwait(false);
        }
        finally
        {
            Forget();
        }
    }

    public void OnDrained() => _connection?.OnOutboxDrained();

    public void OnClosed() => _connection?.OnOutboxClosed();

    public void OnAborted(Error error)
    {
        if (NoteReason(CloseReason.Refused))
            _errorCode = error.Code;
        StopAll();
    }

    public void OnBroken()
    {
        NoteReason(CloseReason.PeerLost);
        StopAll();
    }

    /// <summary>Wakes the read loop, which looks at the server to see that it drains. What was read is still answered. Any thread.</summary>
    public void StopReading() => _context.Transport.Input.CancelPendingRead();

    /// <summary>Breaks the connection off: the process is about to end. Any thread.</summary>
    public void Reset() => _context.Abort(new ConnectionAbortedException("The server has stopped."));

    /// <summary>Wakes the read loop, whatever it waits for: the outbox is closed. Any thread.</summary>
    private void StopAll()
    {
        try
        {
            // Not Cancel: what waits for it would go on on this thread, which may be a worker's.
            _ = Volatile.Read(ref _cancellation)?.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // What it waited for has come at this moment.
        }
        StopReading();
    }

    private void EndOfInput(bool isCut)
    {
        _inputIsDone = true;
        if (isCut)
            _readError = FatalErrors.BadFrame("the stream ends in the middle of a frame");
        else
            NoteReason(CloseReason.PeerLeft);
    }

    private void Lose(Exception exception)
    {
        _inputIsDone = true;
        if (NoteReason(CloseReason.PeerLost))
            LogLost(_server.Logger, exception, _context.ConnectionId);
    }

    private async Task FailAsync(Exception exception)
    {
        if (_server.HardStop.IsCancellationRequested)
        {
            Reset();
            return;
        }
        NoteReason(CloseReason.Defect);
        LogDefect(_server.Logger, exception, _context.ConnectionId);
        Outbox.Abort(FatalErrors.Internal());
        await SendLastFramesAsync().ConfigureAwait(false);
    }

    private bool NoteReason(CloseReason reason)
        => Interlocked.CompareExchange(ref _closeReason, (int)reason, (int)CloseReason.None) == (int)CloseReason.None;

    private void Disconnect()
    {
        if (_connection is null || _isDisconnected)
            return;
        _isDisconnected = true;
        _server.Engine.Disconnect(_connection);
    }

    private void Forget()
    {
        Disconnect();
        Outbox.Close();
        _intake?.Dispose();
        if (_server.Logger.IsEnabled(LogLevel.Debug))
            LogClosed(_server.Logger, _context.ConnectionId, _connection?.ClientId, Reason, _errorCode);
        // Last: whoever waits for the table to be empty finds all of them done with.
        if (Slot != NoSlot)
            _server.Connections.Remove(this);
    }
}
