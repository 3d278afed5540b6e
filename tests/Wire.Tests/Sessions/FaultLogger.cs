using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Wire.Sessions;

namespace Wire.Tests.Sessions;

/// <summary>Keeps what the engine logs as Error or worse.</summary>
internal sealed class FaultLogger : ILogger<WireEngine>
{
    public ConcurrentQueue<(EventId Id, string Text)> Entries { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Entries.Enqueue((eventId, $"{formatter(state, exception)} {exception}"));
    }
}
