using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Wire.Transport;

namespace Wire.Host.Hosting;

/// <summary>Sets up the two listeners that the settings name.</summary>
internal sealed class ListenerSetup(IOptions<WireOptions> options, WireListeners listeners) : IConfigureOptions<KestrelServerOptions>
{
    // Those that are turned away are told so, which takes a connection each. Beyond so many they are dropped.
    private const long TurnedAwayAtOnce = 1000;

    public void Configure(KestrelServerOptions kestrel)
    {
        var wire = options.Value;
        kestrel.Limits.MaxConcurrentConnections = wire.Limits.MaxConnections + TurnedAwayAtOnce;
        kestrel.Listen(IPAddress.Parse(wire.Tcp.Address), wire.Tcp.Port, listen => listeners.Tcp = listen.UseWire());
        kestrel.Listen(IPAddress.Parse(wire.Http.Address), wire.Http.Port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listeners.Http = listen;
        });
    }
}
