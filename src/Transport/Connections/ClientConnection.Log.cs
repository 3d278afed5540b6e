using System.Net;
using Microsoft.Extensions.Logging;
using Wire.Diagnostics;
using Wire.Protocol;

namespace Wire.Transport.Connections;

internal sealed partial class ClientConnection
{
    [LoggerMessage(EventIds.ConnectionOpened, LogLevel.Debug, "Connection {ConnectionId} of {ClientId} ({Role}) from {RemoteEndPoint} is open")]
    private static partial void LogOpened(ILogger logger, string connectionId, string clientId, Role role, EndPoint? remoteEndPoint);

    [LoggerMessage(EventIds.ConnectionClosed, LogLevel.Debug, "Connection {ConnectionId} of {ClientId} ended: {Reason} {ErrorCode}")]
    private static partial void LogClosed(ILogger logger, string connectionId, string? clientId, CloseReason reason, ErrorCode errorCode);

    [LoggerMessage(EventIds.ConnectionLost, LogLevel.Debug, "Connection {ConnectionId} broke")]
    private static partial void LogLost(ILogger logger, Exception exception, string connectionId);

    [LoggerMessage(EventIds.ConnectionRefused, LogLevel.Information, "Connection {ConnectionId} of {ClientId} from {RemoteEndPoint} is refused: {ErrorCode}, {Detail}")]
    private static partial void LogRefused(ILogger logger, string connectionId, string clientId, EndPoint? remoteEndPoint, ErrorCode errorCode, string detail);

    [LoggerMessage(EventIds.ConnectionDefect, LogLevel.Error, "Connection {ConnectionId} ended with an internal error")]
    private static partial void LogDefect(ILogger logger, Exception exception, string connectionId);
}
