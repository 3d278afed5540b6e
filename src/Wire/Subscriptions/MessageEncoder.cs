using Wire.Framing;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Subscriptions;

/// <summary>Turns the messages of a run into Message frames, or the fields of a Page, one after the other.</summary>
internal ref struct MessageEncoder
{
    private readonly int _node;
    private RunReader _reader;
    private RunMessage _message;
    private MessageView _view;

    // 0: not worked out yet.
    private int _fieldsSize;

    public MessageEncoder(ReadOnlySpan<byte> record, int node)
    {
        var header = new RecordHeader(record);
        _view.SessionId = header.SessionId;
        _view.Sender = header.ClientId;
        _view.TimestampUnixNs = header.Timestamp;
        _view.Role = header.Role;
        _node = node;
        _reader = new RunReader(record);
    }

    public readonly ulong Sequence => _message.Sequence;

    public readonly bool IsBroken => _reader.IsBroken;

    public readonly int FrameSize => FrameWriter.MessageSize(_view);

    /// <summary>The bytes that <see cref="WriteField"/> writes.</summary>
    public int FieldSize
    {
        get
        {
            if (_fieldsSize == 0)
                _fieldsSize = FrameWriter.MessageFieldsSize(_view);
            return FrameWriter.MessageFieldSizeOf(_fieldsSize);
        }
    }

    public bool MoveNext()
    {
        if (!_reader.MoveNext(ref _message))
            return false;
        _view.Id = MessageId.FromPacked((ulong)_message.PackedId, _node);
        _view.Payload = _message.Payload;
        _view.Sequence = _message.Sequence;
        _view.PublishId = _message.PublishId;
        _view.InReplyTo = _message.InReplyTo;
        _view.Channel = _message.Channel;
        _view.Kind = _message.Kind;
        _view.Finish = _message.Finish;
        _fieldsSize = 0;
        return true;
    }

    public readonly int WriteFrame(Span<byte> destination) => FrameWriter.WriteMessage(destination, _view);

    public readonly int WriteField(Span<byte> destination) => _fieldsSize != 0
        ? FrameWriter.WriteSizedMessageField(destination, _view, _fieldsSize)
        : FrameWriter.WriteMessageField(destination, _view);

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
}
