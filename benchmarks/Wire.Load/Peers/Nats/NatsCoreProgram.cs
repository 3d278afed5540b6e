using System.Net;
using Wire.Load.Engine;

namespace Wire.Load.Peers.Nats;

/// <summary>nats-server alone: what is published goes to whoever has subscribed, here to nobody.</summary>
internal sealed class NatsCoreProgram() : NatsProgram(
    "nats-core", "the server has read the message and all before it; nobody has subscribed, nothing is kept")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Settings => [];

    /// <summary>Nothing: it keeps nothing.</summary>
    public override void Forget(IPEndPoint endPoint)
    {
    }

    /// <inheritdoc/>
    public override LoadConnection CreatePublisher(LoadPlan plan, int index) => new NatsCorePublisher(plan, index);

    /// <summary>Nothing: there is nothing left to ask about.</summary>
    public override void Check(LoadPlan plan, IReadOnlyList<LoadConnection> publishers)
    {
    }
}
