using Wire.Protocol;

namespace Wire.Transport;

/// <summary>
/// What connections may take of the server: the section <c>Wire:Limits</c>. Set before the start, not changed afterwards.
/// </summary>
public sealed class TransportLimits
{
    /// <summary>
    /// The longest frame that a client may send, in bytes without its length prefix; said in <c>Welcome</c>.
    /// 1 KiB to 64 MiB; with 4 KiB for the record's header it must fit a page of the log. Default: 1 MiB (protocol.md, Bytes).
    /// </summary>
    public int MaxFrameBytes { get; set; } = ProtocolLimits.DefaultMaxFrameBytes;

    /// <summary>How long a connection may take until its <c>Hello</c> is answered. Above 0, at most 1 hour. Default: 5 s (protocol.md, Opening).</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After so much silence the server sends a <c>Ping</c>; after three times as much it closes the connection. Above 0, at most
    /// 1 day. Default: 15 s, below the idle time-outs that common proxies and mobile networks have.
    /// </summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Connections at once; further ones are refused with OVERLOADED. At least 1. Default: 100,000.</summary>
    public int MaxConnections { get; set; } = 100_000;

    /// <summary>
    /// Bytes of output that may wait for one connection's peer. Messages, pages and chunks stop at half of it; at all of it the
    /// connection is not read any further. 32 KiB to 1 GiB. Default: 256 KiB.
    /// </summary>
    public int OutboxBytes { get; set; } = 256 * 1024;

    /// <summary>
    /// Bytes of output that may wait for all connections together. Above half of it 16 KiB may wait for each; when it is used up,
    /// the connections that have taken nothing for longest are closed. At least <see cref="OutboxBytes"/>. Default: 1 GiB.
    /// </summary>
    public long BufferBytes { get; set; } = 1L << 30;
}
