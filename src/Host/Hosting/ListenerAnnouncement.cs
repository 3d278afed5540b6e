using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Wire.Diagnostics;
using Wire.Log;

namespace Wire.Host.Hosting;

/// <summary>Says, once the application has started, where it listens and where its data is.</summary>
internal sealed partial class ListenerAnnouncement(
    WireListeners listeners,
    IMessageLog log,
    IOptions<WireOptions> options,
    IHostApplicationLifetime lifetime,
    ILogger<ListenerAnnouncement> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(Announce);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Announce()
    {
        var data = log is InMemoryMessageLog ? "kept in memory only" : $"in {Path.GetFullPath(options.Value.Storage.Path)}";
        LogStarted(listeners.TcpEndPoint, listeners.HttpEndPoint, data);
    }

    [LoggerMessage(EventIds.HostStarted, LogLevel.Information, "Wire listens on tcp://{TcpEndPoint} and http://{HttpEndPoint}; data is {Data}")]
    private partial void LogStarted(IPEndPoint? tcpEndPoint, IPEndPoint? httpEndPoint, string data);
}
