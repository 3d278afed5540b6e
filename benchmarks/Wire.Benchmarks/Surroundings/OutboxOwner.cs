using System.IO.Pipelines;
using Wire.Protocol;
using Wire.Transport;
using Wire.Transport.Connections;
using Wire.Transport.Output;

namespace Wire.Benchmarks.Surroundings;

/// <summary>The connection of outboxes that nothing ever happens to.</summary>
internal sealed class OutboxOwner : IOutboxOwner
{
    private readonly OutboxBudget _budget = new(new TransportLimits(), new CoarseClock(TimeProvider.System, TimeSpan.FromSeconds(1)));

    public Outbox Open(PipeWriter output) => new(output, _budget, this);

    public void OnDrained() => throw new InvalidOperationException("the outbox has refused");

    public void OnClosed() => throw new InvalidOperationException("the outbox is closed");

    public void OnAborted(Error error) => throw new InvalidOperationException(error.Detail);

    public void OnBroken() => throw new InvalidOperationException("the outbox is broken");
}
