using System.Net;
using System.Net.Sockets;

namespace Wire.Conformance.Peers;

/// <summary>Opens raw TCP connections to a host under test.</summary>
public static class TcpPeer
{
    /// <summary>Connects to <paramref name="endpoint"/>; Nagle's delay is off, so that each write is a packet of its own.</summary>
    public static async ValueTask<PeerTransport> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new PeerTransport(new NetworkStream(socket, ownsSocket: true), _ =>
        {
            socket.Shutdown(SocketShutdown.Send);
            return ValueTask.CompletedTask;
        });
    }
}
