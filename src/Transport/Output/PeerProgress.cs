using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Wire.Transport.Output;

/// <summary>
/// How much a peer has taken, as its TCP says. A flush shows it only in steps of the kernel's send buffer, megabytes, which
/// a slow reader may need minutes for.
/// </summary>
/// <remarks>
/// Of sockets on Linux only, and of transports that say it themselves: elsewhere it is unknown, and flushes alone count.
/// </remarks>
internal static class PeerProgress
{
    private const int Tcp = 6;
    private const int TcpInfo = 11;

    // struct tcp_info, linux/tcp.h: tcpi_bytes_acked is a __u64 at 120 (since Linux 4.1). The peer's TCP acknowledges what
    // its buffer takes, so behind a full buffer this moves only when the application reads.
    private const int BytesAckedOffset = 120;

    /// <summary>The bytes that the peer's TCP has acknowledged since the connection began; 0 where that is not known.</summary>
    public static long BytesAcknowledged(ConnectionContext connection)
    {
        if (connection.Features.Get<IPeerProgressFeature>() is { } progress)
            return progress.BytesAcknowledged;
        if (!OperatingSystem.IsLinux() || connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
            return 0;

        Span<byte> info = stackalloc byte[BytesAckedOffset + sizeof(ulong)];
        try
        {
            return socket.GetRawSocketOption(Tcp, TcpInfo, info) == info.Length
                ? BinaryPrimitives.ReadInt64LittleEndian(info[BytesAckedOffset..])
                : 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return 0;
        }
    }
}
