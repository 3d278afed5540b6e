using Microsoft.AspNetCore.SignalR;

namespace Wire.Load.Peers.SignalR;

/// <summary>A hub that takes messages.</summary>
internal sealed class MessageHub : Hub
{
    /// <summary>Takes one, and does nothing with it: what its completion costs is SignalR's own.</summary>
#pragma warning disable CA1822 // Clients call it on an instance.
    public void Send(string message)
#pragma warning restore CA1822
    {
    }
}
