using Microsoft.Extensions.Logging;
using Wire.Diagnostics;

namespace Wire.Transport.Connections;

internal sealed partial class WireServer
{
    [LoggerMessage(EventIds.DrainStarted, LogLevel.Information, "Draining: {Connections} connections are told to go")]
    private static partial void LogDrainStarted(ILogger logger, int connections);

    [LoggerMessage(EventIds.DrainEnded, LogLevel.Information, "Drained: every connection was answered and closed")]
    private static partial void LogDrainEnded(ILogger logger);

    [LoggerMessage(EventIds.DrainCutShort, LogLevel.Warning, "{Connections} connections had not ended after {Grace} and are broken off")]
    private static partial void LogDrainCutShort(ILogger logger, int connections, TimeSpan grace);

    [LoggerMessage(EventIds.BuffersExhausted, LogLevel.Warning, "Output that is not taken used up BufferBytes ({BufferBytes}): {Connections} connections that took nothing for longest are closed")]
    private static partial void LogBuffersExhausted(ILogger logger, long bufferBytes, int connections);
}
