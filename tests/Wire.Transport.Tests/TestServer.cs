using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Wire.Handlers;
using Wire.Log;
using Wire.Security;
using Wire.Sessions;
using Wire.Transport.Connections;
using Wire.Transport.Security;

namespace Wire.Transport.Tests;

/// <summary>A server with the real engine, a clock that the test moves, and connections in memory.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly List<Task> _serving = [];

    private TestServer(WireEngine engine, WireServer server, ManualTime time, RecordingLogger logger)
    {
        Engine = engine;
        Server = server;
        Time = time;
        Log = logger;
    }

    public WireEngine Engine { get; }
    public WireServer Server { get; }
    public ManualTime Time { get; }
    public RecordingLogger Log { get; }

    public static async Task<TestServer> StartAsync(
        TransportLimits? limits = null, IMessageLog? log = null, IAuthenticator? authenticator = null, bool start = true, int workers = 1,
        IMessageHandler? handler = null, HandlerOptions? handlerOptions = null)
    {
        limits ??= new TransportLimits();
        var time = new ManualTime();
        var engine = new WireEngine(
            log ?? new InMemoryMessageLog(),
            new WireEngineOptions { MaxFrameBytes = limits.MaxFrameBytes, Workers = workers },
            time,
            NullLogger<WireEngine>.Instance);
        if (handler is not null)
            engine.UseHandler(handler, handlerOptions ?? new HandlerOptions());
        await engine.StartAsync(CancellationToken.None);
        var logger = new RecordingLogger();
        var server = new WireServer(engine, authenticator ?? new AnonymousAuthenticator(), limits, time, logger);
        if (start)
            server.Start();
        return new TestServer(engine, server, time, logger);
    }

    /// <summary>A client connects. The task of its service ends with the connection.</summary>
    public (MemoryConnection Connection, Task Served) Connect(long outputThreshold = 64 * 1024)
    {
        // With one, what the server awaits would go on elsewhere than on the thread that completes it.
        SynchronizationContext.SetSynchronizationContext(null);
        var connection = new MemoryConnection(outputThreshold);
        var served = ServeAsync(connection);
        _serving.Add(served);
        return (connection, served);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.BreakOffAsync();
        await Task.WhenAll(_serving).WaitAsync(TestPeer.Deadline);
        Assert.That(Server.Connections.Count, Is.Zero, "connections that were never removed");
        Assert.That(Server.Budget.Used, Is.Zero, "buffers that were never given back");
        Server.Dispose();
        await Engine.StopAsync(CancellationToken.None);
    }

    private async Task ServeAsync(MemoryConnection connection)
    {
        await Server.ServeAsync(connection);
        connection.Close();
    }

    internal sealed class RecordingLogger : ILogger<WireServer>
    {
        private readonly Lock _lock = new();
        private readonly List<(LogLevel Level, EventId Id, string Text)> _entries = [];

        public IReadOnlyList<(LogLevel Level, EventId Id, string Text)> Entries
        {
            get
            {
                lock (_lock)
                    return [.. _entries];
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lock)
                _entries.Add((logLevel, eventId, formatter(state, exception)));
        }
    }
}

internal static class TestServerExtensions
{
    /// <summary>Bytes of output that wait for all connections together.</summary>
    public static long Budget(this TestServer server) => server.Server.Budget.Used;
}
