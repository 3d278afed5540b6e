using System.Buffers.Text;
using System.Text;
using Wire.Load.Engine;

namespace Wire.Load.Peers.Nats;

/// <summary>
/// Publishes to a subject of a JetStream stream and checks the acks' sequences: in a stream of its own, which it creates, 1, 2, 3, …,
/// in one that it shares with others ever higher.
/// </summary>
internal sealed class JetStreamPublisher : NatsPublisher
{
    private readonly bool _isShared;
    private readonly byte[] _ackBegin;
    private ulong _sequence;
    private ulong _sequenceSum;

    /// <summary>The publisher with a number.</summary>
    /// <param name="plan">The load that it is a part of.</param>
    /// <param name="index">0 to connections - 1.</param>
    /// <param name="isShared">Whether all publishers of the run share one stream.</param>
    public JetStreamPublisher(LoadPlan plan, int index, bool isShared)
        : base(plan, index, isShared ? $"{plan.Name}.{plan.SessionsOf(index)[0]}" : plan.SessionsOf(index)[0], isAnswered: true)
    {
        _isShared = isShared;
        Stream = isShared ? plan.Name : ClientId;
        _ackBegin = Encoding.ASCII.GetBytes($"{{\"stream\":\"{Stream}\",");
    }

    /// <summary>The stream's name.</summary>
    public string Stream { get; }

    /// <summary>What the stream is created with.</summary>
    public byte[] Configuration =>
        Encoding.ASCII.GetBytes($$"""{"name":"{{Stream}}","subjects":["{{(_isShared ? $"{Stream}.*" : Stream)}}"],"storage":"file"}""");

    /// <summary>What it was answered, for the check of all that share the stream.</summary>
    public SessionAnswers Answers => new(Stream, (ulong)Window.Answered, _sequence, _sequenceSum);

    /// <inheritdoc/>
    public override void Open()
    {
        base.Open();
        var inbox = NatsCommand.Inbox(ClientId);
        Queue(NatsCommand.Subscribe(inbox));
        if (_isShared)
            Queue("PING\r\n"u8);
        else
            Queue(NatsCommand.Publish($"$JS.API.STREAM.CREATE.{Stream}", inbox, Configuration));
    }

    /// <inheritdoc/>
    protected override void TakePong()
    {
        if (!_isShared || IsReady)
            base.TakePong();
        IsReady = true;
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
            || (_isShared ? sequence <= _sequence : sequence != _sequence + 1))
        {
            throw Unexpected(payload);
        }

        _sequence = sequence;
        _sequenceSum += sequence;
        TakeAnswers(1);
    }
}
