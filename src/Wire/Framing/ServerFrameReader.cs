using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Framing;

/// <summary>
/// Reads what a server sends: finds each delimited frame in place, and gives acknowledgements and messages of the plain shape
/// as slices. Every other frame goes to the generated parser, and on valid input both agree.
/// </summary>
/// <remarks>
/// Nothing that a peer can send makes it throw. One reader serves one read of the pipe; what straddles the pipe's segments
/// is copied into the connection's <see cref="FrameScratch"/>, nothing else is.
/// </remarks>
internal ref struct ServerFrameReader
{
    private static readonly MessageParser<Frame> Parser = Frame.Parser.WithDiscardUnknownFields(true);

    private DelimitedReader _frames;
    private AckSlice _ack;
    private MessageSlice _message;
    private bool _notProtobuf;

    /// <param name="buffer">What the pipe holds.</param>
    /// <param name="maxFrameBytes">
    /// The longest frame that is accepted, without its prefix: <c>Welcome.max_frame_bytes</c> and
    /// <see cref="ProtocolLimits.ServerFrameExtraBytes"/>.
    /// </param>
    /// <param name="scratch">The connection's; to be reset when the slices are done with.</param>
    public ServerFrameReader(in ReadOnlySequence<byte> buffer, int maxFrameBytes, FrameScratch scratch)
        => _frames = new DelimitedReader(buffer, maxFrameBytes, scratch);

    /// <summary>The acknowledgement read last, after <see cref="ServerFrameStatus.Ack"/>.</summary>
    [UnscopedRef]
    public readonly ref readonly AckSlice Ack => ref _ack;

    /// <summary>The message read last, after <see cref="ServerFrameStatus.Message"/>.</summary>
    [UnscopedRef]
    public readonly ref readonly MessageSlice Message => ref _message;

    /// <summary>The bytes of the frame read last, without its length prefix.</summary>
    public readonly ReadOnlySpan<byte> Body => _frames.Body;

    /// <summary>How many bytes the complete frames read so far took.</summary>
    public readonly long ConsumedBytes => _frames.Consumed;

    /// <summary>How many bytes came before the frame read last: where to stop for that frame to be read again.</summary>
    public readonly long ConsumedBytesBefore => _frames.ConsumedBefore;

    /// <summary><see cref="ConsumedBytes"/> as a position. Walks the segments: for once a batch.</summary>
    public readonly SequencePosition Consumed => _frames.PositionOf(ConsumedBytes);

    /// <summary><see cref="ConsumedBytesBefore"/> as a position. Walks the segments: for once a batch.</summary>
    public readonly SequencePosition ConsumedBefore => _frames.PositionOf(ConsumedBytesBefore);

    /// <summary>BAD_FRAME or FRAME_TOO_LARGE after <see cref="ServerFrameStatus.Invalid"/> or a failed <see cref="TryParse"/>.</summary>
    public readonly ErrorCode ErrorCode => _notProtobuf ? ErrorCode.BadFrame : _frames.ErrorCode;

    /// <summary>A few words on <see cref="ErrorCode"/>.</summary>
    public readonly string Detail => _notProtobuf ? DelimitedReader.NotProtobuf : _frames.Detail;

    /// <summary>Reads the next frame; <see cref="Ack"/> or <see cref="Message"/> is set where the answer says so.</summary>
    public ServerFrameStatus Read()
    {
        if (!_frames.TryRead())
            return _frames.ErrorCode == ErrorCode.Unspecified ? ServerFrameStatus.Incomplete : ServerFrameStatus.Invalid;

        return _frames.Buffer[_frames.Offset] switch
        {
            FieldTag.Frame.Ack when PlainAck.TryRead(_frames.Buffer, _frames.Offset, _frames.Length, out _ack)
                => ServerFrameStatus.Ack,
            FieldTag.Frame.Message when PlainMessage.TryRead(_frames.Buffer, _frames.Offset, _frames.Length, out _message)
                => ServerFrameStatus.Message,
            _ => ServerFrameStatus.Other,
        };
    }

    /// <summary>Parses the frame read last with the generated parser. False where it is no protobuf message.</summary>
    public bool TryParse([NotNullWhen(true)] out Frame? frame)
    {
        frame = null;
        if (!FrameGrammar.Accepts(Body))
        {
            _notProtobuf = true;
            return false;
        }

        // The grammar has left nothing to refuse.
        frame = Parser.ParseFrom(Body);
        return true;
    }
}
