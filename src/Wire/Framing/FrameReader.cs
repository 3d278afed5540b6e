using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Framing;

/// <summary>
/// Reads what clients send: finds each delimited frame in place, checks its length before its body has come, and gives a
/// publish of the plain shape as slices. Every other frame goes to the generated parser, and on valid input both agree.
/// </summary>
/// <remarks>
/// Nothing that a peer can send makes it throw. One reader serves one read of the pipe; what straddles the pipe's segments
/// is copied into the connection's <see cref="FrameScratch"/>, nothing else is.
/// </remarks>
internal ref struct FrameReader
{
    private static readonly MessageParser<ClientFrame> Parser = ClientFrame.Parser.WithDiscardUnknownFields(true);

    private DelimitedReader _frames;
    private bool _notProtobuf;

    /// <param name="buffer">What the pipe holds.</param>
    /// <param name="maxFrameBytes">The longest frame that is accepted, without its prefix.</param>
    /// <param name="scratch">The connection's; to be reset when the slices are done with.</param>
    public FrameReader(in ReadOnlySequence<byte> buffer, int maxFrameBytes, FrameScratch scratch)
        => _frames = new DelimitedReader(buffer, maxFrameBytes, scratch);

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

    /// <summary>BAD_FRAME or FRAME_TOO_LARGE after <see cref="FrameStatus.Invalid"/> or a failed <see cref="TryParse"/>.</summary>
    public readonly ErrorCode ErrorCode => _notProtobuf ? ErrorCode.BadFrame : _frames.ErrorCode;

    /// <summary>A few words for <c>Error.detail</c>, beside <see cref="ErrorCode"/>.</summary>
    public readonly string Detail => _notProtobuf ? DelimitedReader.NotProtobuf : _frames.Detail;

    /// <summary>Reads the next frame; <paramref name="publish"/> is set where the answer is <see cref="FrameStatus.Publish"/>.</summary>
    public FrameStatus Read(out PublishSlice publish)
    {
        if (_frames.TryRead())
        {
            if (PlainPublish.TryRead(_frames.Buffer, _frames.Offset, _frames.Length, out publish))
                return FrameStatus.Publish;
            publish = default;
            return FrameStatus.Other;
        }
        publish = default;
        return _frames.ErrorCode == ErrorCode.Unspecified ? FrameStatus.Incomplete : FrameStatus.Invalid;
    }

    /// <summary>
    /// Parses the frame read last with the generated parser. False where it is no protobuf message, which is fatal. A frame
    /// with no body, an unknown one or one of the server's is parsed, and to be refused by its <c>BodyCase</c>.
    /// </summary>
    public bool TryParse([NotNullWhen(true)] out ClientFrame? frame)
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
