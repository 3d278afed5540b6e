using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.SignalR;
using Wire.Load.Engine;
using Wire.Load.Servers;

namespace Wire.Load.Peers.SignalR;

/// <summary>SignalR's hub, as a child process of this program.</summary>
internal sealed class SignalRPeer : PeerTarget
{
    /// <summary>Its name in tables.</summary>
    public const string TableName = "signalr";

    private readonly ServerProcess _process = new("server-signalr");

    /// <inheritdoc/>
    public override PeerInfo Info { get; } = new(
        TableName,
        typeof(Hub).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
        "AddSignalR, MapHub; WebSocket, JSON",
        "the hub's method has run; nothing is kept");

    /// <inheritdoc/>
    public override ILoadProtocol Protocol { get; } = new SignalRProtocol();

    /// <inheritdoc/>
    public override IPEndPoint EndPoint => new(IPAddress.Loopback, _process.Port);

    /// <inheritdoc/>
    public override ServerStats ReadStats() => _process.ReadStats();

    /// <inheritdoc/>
    public override void Dispose() => _process.Dispose();
}
