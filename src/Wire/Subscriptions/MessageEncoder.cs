using Wire.Framing;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Subscriptions;

/// <summary>Turns the messages of a run into Message frames, or the fields of a Page, one after the other.</summary>
internal ref struct MessageEncoder
{
    private readonly ReadOnlySpan<byte> _sessionId;
    private readonly ReadOnlySpan<byte> _sender;
    private readonly long _timestamp;
    private readonly int _role;
    private readonly int _node;
    private RunReader _reader;
    private RunMessage _message;
    private int _fieldsSize;

    public MessageEncoder(ReadOnlySpan<byte> record, int node)
    {
        var header = new RecordHeader(record);
        _sessionId = header.SessionId;
        _sender = header.ClientId;
        _timestamp = header.Timestamp;
        _role = header.Role;
        _node = node;
        _reader = new RunReader(record);
    }

    public readonly ulong Sequence => _message.Sequence;

    public readonly bool IsBroken => _reader.IsBroken;

    public readonly int FrameSize => FrameWriter.MessageSize(View);

    /// <summary>The bytes that <see cref="WriteField"/> writes.</summary>
    public int FieldSize
    {
        get
        {
            if (_fieldsSize == 0)
                _fieldsSize = FrameWriter.MessageFieldsSize(View);
            return FrameWriter.MessageFieldSizeOf(_fieldsSize);
        }
    }

    public bool MoveNext()
    {
        if (!_reader.MoveNext(ref _message))
            return false;
        _fieldsSize = 0;
        return true;
    }

    public readonly int WriteFrame(Span<byte> destination) => FrameWriter.WriteMessage(destination, View);

    public readonly int WriteField(Span<byte> destination) => _fieldsSize != 0
        ? FrameWriter.WriteSizedMessageField(destination, View, _fieldsSize)
        : FrameWriter.WriteMessageField(destination, View);

    /// <summary>All messages of a run as frames. Returns the bytes written.</summary>
    public static int EncodeFrames(ReadOnlySpan<byte> record, int node, Span<byte> destination)
    {
        var written = 0;
        var encoder = new MessageEncoder(record, node);
        while (encoder.MoveNext())
            written += encoder.WriteFrame(destination[written..]);
        return written;
    }

    /// <summary>The frames after the first <paramref name="count"/>.</summary>
    public static ReadOnlySpan<byte> SkipFrames(ReadOnlySpan<byte> frames, int count)
    {
        for (; count > 0; count--)
        {
            var length = 0;
            var at = 0;
            for (var shift = 0; ; shift += 7)
            {
                var value = frames[at++];
                length |= (value & 0x7F) << shift;
                if (value < 0x80)
                    break;
            }
            frames = frames[(at + length)..];
        }
        return frames;
    }

    private readonly MessageView View => new()
    {
        Id = MessageId.FromPacked((ulong)_message.PackedId, _node),
        SessionId = _sessionId,
        Sender = _sender,
        Payload = _message.Payload,
        Sequence = _message.Sequence,
        TimestampUnixNs = _timestamp,
        PublishId = _message.PublishId,
        InReplyTo = _message.InReplyTo,
        Channel = _message.Channel,
        Role = _role,
        Kind = _message.Kind,
        Finish = _message.Finish,
    };
}
