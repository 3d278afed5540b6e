using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging;
using Wire.Framing;
using Wire.Protocol;
using Wire.Security;
using Wire.Sessions;

namespace Wire.Transport.Connections;

/// <summary>The handshake: Hello, who this is, takeover, Welcome.</summary>
internal sealed partial class ClientConnection
{
    private const byte ServersOwnPrefix = (byte)'$';

    // While the handshake or the close waits for something else than the peer. The heartbeat and the outbox cancel it.
    private CancellationTokenSource? _cancellation;

    /// <summary>True once Welcome is sent; otherwise what is to be said about it is in the outbox.</summary>
    private async Task<bool> OpenAsync(PipeReader input)
    {
        if (!_server.Connections.TryAdd(this))
        {
            Outbox.Abort(FatalErrors.TooManyConnections());
            return false;
        }

        if (await ReadHelloAsync(input).ConfigureAwait(false) is not { } hello)
            return false;

        if (Check(hello) is { } error)
        {
            Outbox.Abort(error);
            return false;
        }

        var cancellation = new CancellationTokenSource();
        Interlocked.Exchange(ref _cancellation, cancellation); // with its fence: whoever ends the connection from now on finds it
        try
        {
            if (Outbox.IsClosed)
                return false;
            await _server.Started.WaitAsync(cancellation.Token).ConfigureAwait(false);
            var clientId = Encoding.UTF8.GetString(hello.ClientId.Span);
            var result = await AuthenticateAsync(hello, clientId, cancellation.Token).ConfigureAwait(false);
            if (!result.IsAccepted)
            {
                Outbox.Abort(FatalErrors.Of(result.ErrorCode, result.Detail));
                return false;
            }

            // Not cancelled with the handshake: the engine has registered the producer by then, and this must end it.
            _connection = await _server.Engine.ConnectAsync(clientId, result.Role, Outbox, _server.HardStop).ConfigureAwait(false);
            _intake = new ConnectionIntake(_server.Engine, _connection);
        }
        catch (OperationCanceledException) when (Outbox.IsClosed)
        {
            return false;
        }
        finally
        {
            _cancellation = null;
        }

        Welcome(_connection);
        return !Outbox.IsClosed;
    }

    private async ValueTask<ClientHello?> ReadHelloAsync(PipeReader input)
    {
        while (true)
        {
            // Looked at after the connection was entered into the table: whoever drains either sees it there, or is seen.
            if (_server.IsDraining)
                Outbox.Abort(FatalErrors.NotServing());
            if (Outbox.IsClosed)
                return null;

            ReadResult read;
            try
            {
                read = await input.ReadAsync().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Lose(exception);
                return null;
            }

            var status = TryReadHello(read.Buffer, out var consumed, out var hello, out var error);
            input.AdvanceTo(consumed, status ? consumed : read.Buffer.End);
            if (status)
            {
                if (error is null)
                    return hello;
                Outbox.Abort(error);
                return null;
            }
            if (read.IsCompleted)
            {
                _inputIsDone = true;
                if (read.Buffer.IsEmpty)
                    NoteReason(CloseReason.PeerLeft);
                else
                    Outbox.Abort(FatalErrors.BadFrame("the stream ends in the middle of a frame"));
                return null;
            }
        }
    }

    /// <summary>True where the first frame is complete, or where it will not be read: then <paramref name="error"/> says why.</summary>
    private static bool TryReadHello(in ReadOnlySequence<byte> buffer, out SequencePosition consumed, out ClientHello? hello, out Error? error)
    {
        hello = null;
        error = null;
        var scratch = new FrameScratch();
        try
        {
            var reader = new FrameReader(buffer, ProtocolLimits.MaxHelloBytes, scratch);
            switch (reader.Read(out _))
            {
                case FrameStatus.Incomplete:
                    break;
                case FrameStatus.Invalid:
                    error = FatalErrors.Of(reader.ErrorCode, reader.Detail);
                    break;
                case FrameStatus.Publish:
                    error = FatalErrors.BadFrame("the first frame must be Hello");
                    break;
                default:
                    if (!reader.TryParse(out var frame))
                        error = FatalErrors.Of(reader.ErrorCode, reader.Detail);
                    else if (frame.BodyCase != ClientFrame.BodyOneofCase.Hello)
                        error = FatalErrors.BadFrame("the first frame must be Hello");
                    else
                        hello = frame.Hello;
                    break;
            }
            consumed = reader.Consumed;
            return hello is not null || error is not null;
        }
        finally
        {
            scratch.Reset();
        }
    }

    private static Error? Check(ClientHello hello)
    {
        if (hello.Version != ProtocolLimits.Version)
            return FatalErrors.UnsupportedVersion();
        if (!IdRules.IsValid(hello.ClientId.Span))
            return FatalErrors.InvalidArgument("client_id must be 1 to 128 bytes of UTF-8 without control characters");
        if (hello.ClientId.Span[0] == ServersOwnPrefix)
            return FatalErrors.InvalidArgument("client_id must not begin with $");
        return null;
    }

    private async ValueTask<AuthenticationResult> AuthenticateAsync(ClientHello hello, string clientId, CancellationToken cancellationToken)
    {
        var context = new HelloContext(clientId, hello.Token.ToStringUtf8(), hello.UserAgent.ToStringUtf8(), _context.RemoteEndPoint);
        var result = await _server.Authenticator.AuthenticateAsync(context, cancellationToken).ConfigureAwait(false);
        if (!result.IsAccepted && _server.Logger.IsEnabled(LogLevel.Information))
            LogRefused(_server.Logger, _context.ConnectionId, clientId, _context.RemoteEndPoint, result.ErrorCode, result.Detail);
        return result;
    }

    private void Welcome(WireConnection connection)
    {
        Outbox.WriteFrame(new Frame
        {
            Welcome = new Welcome
            {
                Version = ProtocolLimits.Version,
                ConnectionId = (ulong)connection.Id,
                NodeId = _server.NodeId,
                Role = connection.Role,
                MaxFrameBytes = (uint)_server.Limits.MaxFrameBytes,
                PingIntervalMs = (uint)_server.Limits.PingInterval.TotalMilliseconds,
            },
        });
        Outbox.Flush();
        _lastReceived = _server.Clock.Now;
        _phase = Phase.Open;
        if (_server.Logger.IsEnabled(LogLevel.Debug))
            LogOpened(_server.Logger, _context.ConnectionId, connection.ClientId, connection.Role, _context.RemoteEndPoint);
    }
}
