using Microsoft.AspNetCore.Connections;

namespace Wire.Transport.Connections;

/// <summary>The end of a listener's middleware stack: serves the connection.</summary>
internal sealed class WireConnectionHandler(WireServer server) : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection) => server.ServeAsync(connection);
}
