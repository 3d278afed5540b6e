using Wire.Load.Engine;

namespace Wire.Load.Peers.SignalR;

/// <summary>SignalR's JSON hub protocol over WebSocket.</summary>
internal sealed class SignalRProtocol : ILoadProtocol
{
    /// <inheritdoc/>
    public LoadConnection CreatePublisher(LoadPlan plan, int index) => new SignalRPublisher(plan, index);

    /// <summary>Nothing: the hub keeps nothing.</summary>
    public void Check(LoadPlan plan, IReadOnlyList<LoadConnection> publishers)
    {
    }
}
