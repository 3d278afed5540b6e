using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Wire.Diagnostics;
using Wire.Handlers;
using Wire.Host.Dispatch;
using Wire.Sessions;
using Wire.Transport.Connections;

namespace Wire.Host.Hosting;

/// <summary>
/// The engine's life within the application's: opened with its start, drained and closed with its stop; and where the engine
/// dies, the application ends too, with exit code 1.
/// </summary>
internal sealed partial class WireHostedService(
    WireEngine engine,
    WireServer server,
    WireHostState state,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    ILogger<WireHostedService> logger) : IHostedService
{
    /// <summary>How long connections may take to end in good order: with the log's close it stays within 10 s.</summary>
    private static readonly TimeSpan DrainGrace = TimeSpan.FromSeconds(7);

    private readonly Lock _lock = new();
    private Task? _drained;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        engine.Faulted += OnFaulted;
        // Not with the engine: a handler may depend on the sessions, which are the engine's.
        if (HandlerChoice.Of(services) is { } handler)
            engine.UseHandler(handler, services.GetRequiredService<IOptions<HandlerOptions>>().Value);
        await engine.StartAsync(cancellationToken).ConfigureAwait(false);
        server.Start();

        // Not in StopAsync alone: the listeners stop before this service, and wait for their connections.
        lifetime.ApplicationStopping.Register(() => Drain());
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Drain().WaitAsync(cancellationToken).ConfigureAwait(false);
        server.Dispose();
        if (!state.IsFaulted)
        {
            await engine.StopAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        // A dead worker finishes nothing; what is in the log is closed in good order all the same.
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync().ConfigureAwait(false);
        try
        {
            await engine.StopAsync(atOnce.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // As said: there was nothing to wait for.
        }
    }

    private Task Drain()
    {
        lock (_lock)
            return _drained ??= state.IsFaulted ? server.BreakOffAsync() : server.DrainAsync(DrainGrace);
    }

    private void OnFaulted(Exception exception)
    {
        state.Fault();
        LogFaulted(exception);
        Environment.ExitCode = 1;

        // Elsewhere: this is the dying worker's thread.
        ThreadPool.UnsafeQueueUserWorkItem(static lifetime => lifetime.StopApplication(), lifetime, preferLocal: false);
    }

    [LoggerMessage(EventIds.HostFaulted, LogLevel.Critical, "The engine died and the application stops with exit code 1")]
    private partial void LogFaulted(Exception exception);
}
