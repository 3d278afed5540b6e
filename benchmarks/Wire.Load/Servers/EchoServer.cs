using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wire.Host.Hosting;

namespace Wire.Load.Servers;

/// <summary>F in a process: a bare Kestrel with Wire's own socket options and <see cref="FrameEchoHandler"/>.</summary>
internal static class EchoServer
{
    /// <summary>Runs until stopped.</summary>
    public static async Task<int> RunAsync(IPEndPoint endPoint, bool isAttached, CancellationToken cancellation)
    {
        await using var app = Build(endPoint, out var listening);
        await app.StartAsync(cancellation);
        await ServerControl.RunAsync(app, listening().Port, isAttached);
        return 0;
    }

    /// <summary>Makes the server; it is not started.</summary>
    /// <param name="endPoint">Where it is to listen; port 0 chooses one.</param>
    /// <param name="listening">Says, once started, where it does.</param>
    public static WebApplication Build(IPEndPoint endPoint, out Func<IPEndPoint> listening)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        // What Wire sets, so that a difference between the two is not one of the sockets. Only what may leave without the
        // peer's having taken it is Kestrel's default: F's answers are as large as what it reads, and would wait.
        builder.Services.Configure<SocketTransportOptions>(new SocketSetup().Configure);
        builder.Services.Configure<SocketTransportOptions>(sockets =>
            sockets.MaxWriteBufferSize = new SocketTransportOptions().MaxWriteBufferSize);
        ListenOptions? bound = null;
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(endPoint, listen =>
        {
            bound = listen;
            listen.UseConnectionHandler<FrameEchoHandler>();
        }));
        listening = () => bound?.IPEndPoint ?? endPoint;
        return builder.Build();
    }
}
