using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wire.Load.Servers;

namespace Wire.Load.Peers.SignalR;

/// <summary>A server with a SignalR hub in a process, as SignalR's documentation has it: AddSignalR, MapHub, their defaults.</summary>
internal static class SignalRServer
{
    /// <summary>Where the hub is.</summary>
    public const string Path = "/hub";

    /// <summary>Runs until stopped.</summary>
    public static async Task<int> RunAsync(IPEndPoint endPoint, bool isAttached, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        // The standard output is for the answers of ServerControl.
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(endPoint));
        builder.Services.AddRoutingCore();
        builder.Services.AddSignalR();

        await using var app = builder.Build();
        app.MapHub<MessageHub>(Path);
        await app.StartAsync(cancellation);
        await ServerControl.RunAsync(app, new Uri(app.Urls.Single()).Port, isAttached);
        return 0;
    }
}
