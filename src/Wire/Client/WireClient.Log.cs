using Microsoft.Extensions.Logging;
using Wire.Diagnostics;

namespace Wire.Client;

public sealed partial class WireClient
{
    private void LogConnected()
    {
        if (_options.Logger is { } logger)
            Log.Connected(logger, ClientId, Connections);
    }

    private void LogReconnecting(ConnectionEnd end, TimeSpan delay)
    {
        if (_options.Logger is { } logger)
            Log.Reconnecting(logger, ClientId, end.Detail, delay.TotalMilliseconds);
    }

    private void LogEnded(string detail)
    {
        if (_options.Logger is { } logger)
            Log.Ended(logger, ClientId, detail);
    }

    internal static void LogRecoveredRefused(ILogger logger, string clientId, string sessionId, ulong publishId, string detail)
        => Log.RecoveredRefused(logger, clientId, sessionId, publishId, detail);

    private static partial class Log
    {
        [LoggerMessage(EventIds.ClientRecoveredRefused, LogLevel.Warning, "A publish that an earlier process of client {ClientId} left in its queue was refused, publish {PublishId} of session {SessionId}: {Detail}")]
        public static partial void RecoveredRefused(ILogger logger, string clientId, string sessionId, ulong publishId, string detail);

        [LoggerMessage(EventIds.ClientConnected, LogLevel.Debug, "Client {ClientId} opened its connection {Number}.")]
        public static partial void Connected(ILogger logger, string clientId, int number);

        [LoggerMessage(EventIds.ClientDisconnected, LogLevel.Information, "Client {ClientId} is not connected: {Detail} Next attempt in {DelayMs:0} ms.")]
        public static partial void Reconnecting(ILogger logger, string clientId, string detail, double delayMs);

        [LoggerMessage(EventIds.ClientEnded, LogLevel.Warning, "Client {ClientId} has ended: {Detail}")]
        public static partial void Ended(ILogger logger, string clientId, string detail);
    }
}
