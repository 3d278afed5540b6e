using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Wire.Storage.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class CapturedLog : ILogger<FasterMessageLog>
{
    public ConcurrentQueue<(int Id, LogLevel Level, string Text)> Events { get; } = new();

    public bool Has(int id) => Events.Any(e => e.Id == id);

    public int Count(int id) => Events.Count(e => e.Id == id);

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Events.Enqueue((eventId.Id, logLevel, formatter(state, exception) + exception));
}
