using Wire.Load.Engine;

namespace Wire.Load.Peers.Nats;

/// <summary>Publishes as core NATS does, without answers; a PING ends each batch, and its PONG says that the server has read it.</summary>
internal sealed class NatsCorePublisher(LoadPlan plan, int index) : NatsPublisher(plan, index, plan.SessionsOf(index)[0], isAnswered: false, "PING\r\n"u8)
{
    private readonly Queue<int> _batches = [];

    /// <inheritdoc/>
    public override void Open()
    {
        base.Open();
        Queue("PING\r\n"u8);
    }

    /// <inheritdoc/>
    protected override void Prepare(Span<byte> requests, int requestBytes) => _batches.Enqueue(requests.Length / requestBytes);

    /// <inheritdoc/>
    protected override void TakePong()
    {
        if (!IsReady)
            IsReady = true;
        else if (_batches.TryDequeue(out var count))
            TakeAnswers(count);
        else
            base.TakePong();
    }
}
