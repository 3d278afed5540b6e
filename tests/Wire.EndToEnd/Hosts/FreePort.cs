using System.Net;
using System.Net.Sockets;

namespace Wire.EndToEnd.Hosts;

/// <summary>
/// Ports for hosts. They lie below the range from which systems take the ports of outgoing connections, because a host that
/// is started again needs the same port, and a client must not have taken it in between.
/// </summary>
internal static class FreePort
{
    private const int First = 12_000;
    private const int Last = 30_000;

    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    internal static int Take()
    {
        lock (Gate)
        {
            for (var tries = 0; tries < 1000; tries++)
            {
                var port = Random.Shared.Next(First, Last);
                if (IsFree(port) && Given.Add(port))
                {
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No port between {First} and {Last} is free.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
