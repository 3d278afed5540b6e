using System.Net;
using Wire.Load.Engine;

namespace Wire.Load.Servers;

/// <summary>F, as a child process.</summary>
internal sealed class EchoTarget : ServerTarget
{
    private readonly ServerProcess _process = new("server-f");

    /// <inheritdoc/>
    public override string Name => "F";

    /// <inheritdoc/>
    public override ILoadProtocol Protocol => WireProtocol.Echo;

    /// <inheritdoc/>
    public override IPEndPoint EndPoint => new(IPAddress.Loopback, _process.Port);

    /// <inheritdoc/>
    public override ServerStats ReadStats() => _process.ReadStats();

    /// <inheritdoc/>
    public override ServerStats Collect() => _process.Collect();

    /// <inheritdoc/>
    public override void Dispose() => _process.Dispose();
}
