using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wire.Transport.Connections;

namespace Wire.Transport.Tests.Sockets;

/// <summary>A real listener in front of a <see cref="TestServer"/>.</summary>
internal sealed class KestrelListener : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly IPEndPoint _endPoint;

    private KestrelListener(WebApplication application, IPEndPoint endPoint)
    {
        _application = application;
        _endPoint = endPoint;
    }

    public static async Task<KestrelListener> StartAsync(TestServer server, int writeBufferBytes = 4 * 1024)
    {
        ListenOptions? listener = null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(server.Server);
        builder.Services.Configure<SocketTransportOptions>(options =>
        {
            options.MaxReadBufferSize = 128 * 1024;
            options.MaxWriteBufferSize = writeBufferBytes;
        });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listener = listen.UseWire()));
        var application = builder.Build();
        await application.StartAsync();
        return new KestrelListener(application, listener!.IPEndPoint!);
    }

    public async Task<SocketPeer> ConnectAsync(int? receiveBufferBytes = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes is { } bytes)
            socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(_endPoint);
        return new SocketPeer(socket);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}

internal sealed class SocketPeer : TestPeer
{
    public SocketPeer(Socket socket)
        : this(socket, new NetworkStream(socket, ownsSocket: true))
    {
    }

    private SocketPeer(Socket socket, NetworkStream stream)
        : base(stream, stream)
        => Socket = socket;

    public Socket Socket { get; }

    public void FinishSending() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Waits, without reading, until the server has reset the connection.</summary>
    public async Task ExpectResetAsync()
    {
        // A reset that comes while the window is closed can be one that the kernel does not believe (RFC 5961, 3.2). A probe
        // of a connection that is gone brings another one.
        Socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 1);
        Socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 1);
        Socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        using var deadline = new CancellationTokenSource(Deadline);
        while ((SocketError)(int)Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! == SocketError.Success)
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
