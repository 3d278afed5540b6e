using System.Buffers.Text;
using System.Text;
using Wire.Load.Engine;

namespace Wire.Load.Peers.Nats;

/// <summary>Publishes to a JetStream stream of its own, which it creates, and checks that the acks' sequences are 1, 2, 3, …</summary>
internal sealed class JetStreamPublisher(LoadPlan plan, int index) : NatsPublisher(plan, index, isAnswered: true)
{
    private readonly byte[] _ackBegin = Encoding.ASCII.GetBytes($"{{\"stream\":\"{plan.SessionsOf(index)[0]}\",");
    private ulong _sequence;

    /// <inheritdoc/>
    public override void Open()
    {
        base.Open();
        var inbox = NatsCommand.Inbox(ClientId);
        Queue(NatsCommand.Subscribe(inbox));
        Queue(NatsCommand.Publish(
            $"$JS.API.STREAM.CREATE.{ClientId}",
            inbox,
            Encoding.ASCII.GetBytes($$"""{"name":"{{ClientId}}","subjects":["{{ClientId}}"],"storage":"file"}""")));
    }

    /// <inheritdoc/>
    protected override void TakeMessage(ReadOnlySpan<byte> payload)
    {
        if (IsReady)
            TakeAck(payload);
        else if (payload.IndexOf("\"did_create\":true"u8) >= 0)
            IsReady = true;
        else
            throw Unexpected(payload);
    }

    // {"stream":"NAME", "seq":7}, perhaps with a domain between; what is a duplicate or an error says so behind or instead.
    private void TakeAck(ReadOnlySpan<byte> payload)
    {
        var key = "\"seq\":"u8;
        var at = payload.StartsWith(_ackBegin) ? payload.IndexOf(key) : -1;
        if (at < 0
            || !Utf8Parser.TryParse(payload[(at + key.Length)..], out ulong sequence, out var read)
            || !payload[(at + key.Length + read)..].SequenceEqual("}"u8)
            || sequence != _sequence + 1)
        {
            throw Unexpected(payload);
        }

        _sequence = sequence;
        TakeAnswers(1);
    }
}
