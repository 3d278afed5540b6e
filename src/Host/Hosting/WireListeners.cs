using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Wire.Host.Hosting;

/// <summary>The listeners that were set up, and where they are bound once the application has started.</summary>
internal sealed class WireListeners
{
    public ListenOptions? Tcp { get; set; }

    public ListenOptions? Http { get; set; }

    /// <summary>Where raw TCP is served; null where it is not, or not yet.</summary>
    public IPEndPoint? TcpEndPoint => Tcp?.IPEndPoint;

    /// <summary>Where HTTP is served; null where it is not, or not yet.</summary>
    public IPEndPoint? HttpEndPoint => Http?.IPEndPoint;
}
