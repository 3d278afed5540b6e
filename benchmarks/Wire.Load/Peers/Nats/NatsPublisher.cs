using System.Text;
using Wire.Load.Engine;

namespace Wire.Load.Peers.Nats;

/// <summary>A connection to a NATS server that publishes to one subject.</summary>
internal abstract class NatsPublisher : PeerPublisher
{
    /// <summary>Encodes the messages.</summary>
    /// <param name="plan">The load that it is a part of.</param>
    /// <param name="index">0 to connections - 1.</param>
    /// <param name="subject">Where they go.</param>
    /// <param name="isAnswered">Whether each message asks for an answer.</param>
    /// <param name="batchEnd">What follows the last message of each sending.</param>
    protected NatsPublisher(LoadPlan plan, int index, string subject, bool isAnswered, ReadOnlySpan<byte> batchEnd = default)
        : base(plan, index, payload => NatsCommand.Publish(subject, isAnswered ? NatsCommand.Inbox(plan.SessionsOf(index)[0]) : null, payload), batchEnd)
    {
    }

    /// <inheritdoc/>
    public override void Open() => Queue(NatsCommand.Connect);

    /// <inheritdoc/>
    protected sealed override int TakeWhole(ReadOnlySpan<byte> bytes)
    {
        var position = 0;
        while (NatsMessage.TryRead(bytes, ref position, out var line, out var payload))
        {
            if (line.StartsWith("MSG "u8))
                TakeMessage(payload);
            else if (line.SequenceEqual("PONG"u8))
                TakePong();
            else if (line.SequenceEqual("PING"u8))
                Queue("PONG\r\n"u8);
            else if (!line.StartsWith("INFO "u8))
                throw Unexpected(line);
        }

        return position;
    }

    /// <summary>Takes what came to the connection's inbox.</summary>
    protected virtual void TakeMessage(ReadOnlySpan<byte> payload) => throw Unexpected(payload);

    /// <summary>Takes the answer to a PING.</summary>
    protected virtual void TakePong() => throw Unexpected("PONG"u8);

    /// <summary>Says that the server said what it should not.</summary>
    protected LoadFailureException Unexpected(ReadOnlySpan<byte> text) => new($"{ClientId}: the server said '{Encoding.UTF8.GetString(text)}'.");
}
