using Google.Protobuf;
using Wire.Conformance.Peers;
using Wire.Protocol;

namespace Wire.Conformance.Judging;

/// <summary>
/// Holds a host to what the protocol promises of every connection, whatever the dialogue is about: which answers may come
/// and in what order, what an Ack covers, that a subscription has no gap, that a Page is what was asked. Thread-safe; the
/// first fault is kept.
/// </summary>
public sealed class ConnectionReferee(SessionWitness witness) : IPeerObserver
{
    private readonly Lock _gate = new();
    private readonly PublishLedger _publishes = new(witness);
    private readonly FollowLedger _follows = new(witness);
    private readonly HashSet<ulong> _nonces = [];
    private string? _client;
    private uint _maxFrameBytes;
    private bool _opened;
    private bool _fatal;
    private string? _fault;

    /// <summary>The first thing that the host did and the protocol does not allow, or null.</summary>
    public string? Fault
    {
        get
        {
            lock (_gate)
            {
                return _fault;
            }
        }
    }

    /// <summary>The publishes of this connection that have no answer yet, oldest first in each session.</summary>
    public IReadOnlyList<Publish> Unanswered
    {
        get
        {
            lock (_gate)
            {
                return _publishes.Unanswered();
            }
        }
    }

    /// <inheritdoc/>
    public void Sending(Frame frame)
    {
        lock (_gate)
        {
            switch (frame.BodyCase)
            {
                case Frame.BodyOneofCase.Hello:
                    _client ??= frame.Hello.ClientId;
                    break;
                case Frame.BodyOneofCase.Publish:
                    _publishes.Sent(frame.Publish);
                    break;
                case Frame.BodyOneofCase.Subscribe:
                    _follows.Sent(frame.Subscribe);
                    break;
                case Frame.BodyOneofCase.Fetch:
                    _follows.Sent(frame.Fetch, _publishes.Stored(frame.Fetch.SessionId));
                    break;
                case Frame.BodyOneofCase.Ping:
                    _nonces.Add(frame.Ping.Nonce);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void SendingBytes(ReadOnlySpan<byte> bytes)
    {
        using var stream = new MemoryStream(bytes.ToArray());
        while (stream.Position < stream.Length)
        {
            try
            {
                Sending(Frame.Parser.ParseDelimitedFrom(stream));
            }
            catch (InvalidProtocolBufferException)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Received(Frame frame)
    {
        lock (_gate)
        {
            _fault ??= Judge(frame) is { } fault ? $"{fault}: {FrameText.Line(frame)}" : null;
        }
    }

    /// <inheritdoc/>
    public void Ended(PeerEnd end)
    {
    }

    private string? Judge(Frame frame)
    {
        if (_fatal)
        {
            return "a frame came after a fatal Error";
        }

        if (!_opened)
        {
            _opened = true;
            _fatal = frame.Error?.Fatal ?? false;
            _maxFrameBytes = frame.Welcome?.MaxFrameBytes ?? 0;
            return frame.Welcome is not null || _fatal ? null : "the first frame is neither Welcome nor a fatal Error";
        }

        if (frame.CalculateSize() > _maxFrameBytes + 1024)
        {
            return $"a frame of {frame.CalculateSize()} bytes is more than 1,024 over the limit of {_maxFrameBytes}";
        }

        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Ack:
                return _publishes.Acknowledged(_client ?? "", frame.Ack);
            case Frame.BodyOneofCase.Subscribed:
                return _follows.Subscribed(frame.Subscribed);
            case Frame.BodyOneofCase.Message:
                return _follows.Followed(frame.Message);
            case Frame.BodyOneofCase.Page:
                return _follows.Paged(frame.Page);
            case Frame.BodyOneofCase.Pong:
                return _nonces.Contains(frame.Pong.Nonce) ? null : "a Pong has a nonce that was not sent";
            case Frame.BodyOneofCase.Signal:
                return frame.Signal.Sender.Length > 0 && frame.Signal.Role != Role.Unspecified
                    ? null
                    : "a Signal came without its sender or role";
            case Frame.BodyOneofCase.Error:
                _fatal = frame.Error.Fatal;
                return Judge(frame.Error);
            case Frame.BodyOneofCase.Chunk:
            case Frame.BodyOneofCase.Ping:
            case Frame.BodyOneofCase.GoAway:
                return null;
            default:
                return "a host does not send this here";
        }
    }

    private string? Judge(Error error)
    {
        if (error.Code == ErrorCode.Unspecified)
        {
            return "an Error has no code";
        }

        if (error.RequestId != 0)
        {
            return _follows.FetchRefused(error);
        }

        if (_publishes.Refused(error, out var fault))
        {
            return fault;
        }

        return error.SessionId.Length > 0 ? _follows.SubscribeRefused(error) : null;
    }
}
