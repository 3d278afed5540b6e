using System.Buffers;
using System.Text;
using System.Threading.Channels;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// All that a client has under way, whichever connection carries it: <see cref="WriteTo"/> gives the next bytes for the wire,
/// and what comes from there is handed to the one that it is for. The Receive methods return what breaks the protocol in what
/// came, otherwise null.
/// </summary>
internal sealed class ClientTraffic
{
    /// <summary>Signals may be lost anyway: a reader who is slow loses the oldest.</summary>
    private const int MaxSignals = 256;

    private readonly Channel<ReceivedSignal> _signals = System.Threading.Channels.Channel.CreateBounded<ReceivedSignal>(
        new BoundedChannelOptions(MaxSignals) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Signals and Stops for the present connection; they are not sent on another.</summary>
    private readonly Channel<Frame> _passing = System.Threading.Channels.Channel.CreateBounded<Frame>(MaxSignals);

    private volatile bool _isConnected;

    public ClientTraffic(WireClientOptions options, PublishQueue? queue)
    {
        Publishes = new UnansweredPublishes(options, queue);
        Subscriptions = new Subscriptions(options, Wake);
        Fetches = new Fetches(Wake);
    }

    public WakeSignal Wake { get; } = new();

    public UnansweredPublishes Publishes { get; }

    public Subscriptions Subscriptions { get; }

    public Fetches Fetches { get; }

    public ChannelReader<ReceivedSignal> Signals => _signals.Reader;

    /// <summary>False where there is no connection, or no room.</summary>
    public bool TrySendPassing(Frame frame)
    {
        if (!_isConnected || !_passing.Writer.TryWrite(frame))
            return false;
        Wake.Set();
        return true;
    }

    /// <summary>A connection is open; none of its loops runs yet.</summary>
    public void Connected(int maxFrameBytes)
    {
        Publishes.Connected(maxFrameBytes);
        Subscriptions.Connected(maxFrameBytes);
        _isConnected = true;
    }

    public void ConnectionLost()
    {
        _isConnected = false;
        while (_passing.Reader.TryRead(out _))
        {
        }
        Publishes.ConnectionLost();
        Subscriptions.ConnectionLost();
        Fetches.ConnectionLost();
    }

    /// <summary>Ends every call, and all that come after.</summary>
    public void End(Func<Exception> exception)
    {
        Publishes.End(exception);
        Subscriptions.End(exception);
        Fetches.End(exception);
        _signals.Writer.TryComplete(exception());
    }

    /// <summary>
    /// Writes what is due until <paramref name="output"/> holds about <paramref name="limit"/> bytes. True where more is due.
    /// </summary>
    public bool WriteTo(ArrayBufferWriter<byte> output, int limit, int maxFrameBytes)
    {
        while (output.WrittenCount < limit && _passing.Reader.TryRead(out var frame))
            FrameWriter.Write(output, frame);
        var more = Subscriptions.WriteTo(output, limit);
        more |= Fetches.WriteTo(output, limit);
        more |= Publishes.WriteTo(output, limit, maxFrameBytes);
        return more || _passing.Reader.TryPeek(out _);
    }

    public string? Receive(in AckSlice ack)
        => Publishes.Acknowledge(ack.Session, ack.PublishId, ack.Sequence, ack.Count, ack.Duplicate, (Durability)ack.Durability);

    public string? Receive(in MessageSlice message) => Subscriptions.Receive(message);

    /// <summary>Takes a frame that is for one of these; what concerns the connection itself never comes here.</summary>
    public string? Receive(Frame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Ack:
                var ack = frame.Ack;
                return Publishes.Acknowledge(
                    Encoding.UTF8.GetBytes(ack.SessionId), ack.PublishId, ack.Sequence, ack.Count, ack.Duplicate, ack.Durability);
            case Frame.BodyOneofCase.Message:
                return Receive(frame.Message);
            case Frame.BodyOneofCase.Subscribed:
                Subscriptions.Subscribed(frame.Subscribed);
                return null;
            case Frame.BodyOneofCase.Page:
                return Fetches.Receive(frame.Page);
            case Frame.BodyOneofCase.Error:
                return Receive(frame.Error);
            case Frame.BodyOneofCase.Signal:
                var signal = frame.Signal;
                _signals.Writer.TryWrite(new ReceivedSignal(
                    signal.SessionId, signal.Kind, signal.Payload.Memory, signal.Sender, signal.Role));
                return null;
            case Frame.BodyOneofCase.Chunk:
                return Subscriptions.Receive(frame.Chunk);
            case Frame.BodyOneofCase.None: // what a later version may send
                return null;
            default:
                return $"a {frame.BodyCase}, which only a client may send";
        }
    }

    private string? Receive(Error error)
    {
        if (error.PublishId != 0)
            return Publishes.Refuse(Encoding.UTF8.GetBytes(error.SessionId), error);
        if (error.RequestId != 0)
            return Fetches.Refuse(error);
        if (error.SessionId.Length > 0)
            Subscriptions.Refused(error);
        return null;
    }

    // A message of another than the plain shape: as slices of a buffer of its own.
    private string? Receive(Message message)
    {
        var session = Encoding.UTF8.GetBytes(message.SessionId);
        var sender = Encoding.UTF8.GetBytes(message.Sender);
        byte[] buffer = [.. session, .. sender, .. message.Payload.Span];
        return Subscriptions.Receive(new MessageSlice
        {
            Buffer = buffer,
            Id = message.Id,
            Sequence = message.Sequence,
            TimestampUnixNs = message.TimestampUnixNs,
            PublishId = message.PublishId,
            InReplyTo = message.InReplyTo,
            SessionOffset = 0,
            SessionLength = session.Length,
            SenderOffset = session.Length,
            SenderLength = sender.Length,
            PayloadOffset = session.Length + sender.Length,
            PayloadLength = message.Payload.Length,
            Channel = (int)message.Channel,
            Role = (int)message.Role,
            Kind = (int)message.Kind,
            Finish = (int)message.Finish,
        });
    }
}
