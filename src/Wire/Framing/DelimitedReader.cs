using System.Buffers;
using System.Runtime.InteropServices;
using Wire.Protocol;

namespace Wire.Framing;

/// <summary>
/// Cuts a stream into its delimited frames, in place: after a successful <see cref="TryRead"/> the frame's bytes are
/// <see cref="Length"/> bytes of <see cref="Buffer"/> from <see cref="Offset"/> on. A frame that crosses a border between
/// segments, or lies in memory that is no array, is copied into the scratch; no other is.
/// </summary>
internal ref struct DelimitedReader
{
    public const string NotProtobuf = "the frame is not a protobuf message";

    /// <summary>Positions in a frame stay well below <see cref="Varint.Malformed"/>.</summary>
    public const int LargestMaxFrameBytes = Varint.Malformed / 2;

    private readonly ReadOnlySequence<byte> _sequence;
    private readonly FrameScratch _scratch;
    private readonly long _sequenceLength;
    private readonly int _maxFrameBytes;

    // The current segment. Indexes are those of its array; where there is none, _end is 0, so that only the slow path reads.
    private ReadOnlyMemory<byte> _memory;
    private SequencePosition _next;
    private byte[] _array;
    private int _memoryStart;
    private int _position;
    private int _end;
    private long _origin;

    public DelimitedReader(in ReadOnlySequence<byte> sequence, int maxFrameBytes, FrameScratch scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxFrameBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxFrameBytes, LargestMaxFrameBytes);
        _sequence = sequence;
        _scratch = scratch;
        _sequenceLength = sequence.Length;
        _maxFrameBytes = maxFrameBytes;
        _next = sequence.Start;
        _array = Buffer = [];
        _ = TryEnterNextSegment();
    }

    /// <summary>The array that holds the frame read last.</summary>
    public byte[] Buffer { get; private set; }

    /// <summary>Where the frame read last begins, without its length prefix.</summary>
    public int Offset { get; private set; }

    /// <summary>The length of the frame read last, without its length prefix.</summary>
    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Body => new(Buffer, Offset, Length);

    /// <summary>How many bytes of the sequence lie before the frame read last, its prefix included.</summary>
    public long ConsumedBefore { get; private set; }

    /// <summary>How many bytes of the sequence the complete frames took so far.</summary>
    public readonly long Consumed => _origin + _position;

    /// <summary>Why the stream cannot be read any further; unspecified while it can.</summary>
    public ErrorCode ErrorCode { get; private set; }

    public readonly string Detail => ErrorCode switch
    {
        ErrorCode.FrameTooLarge => "the frame is longer than the limit",
        ErrorCode.BadFrame => "the frame's length is 0, or its prefix longer than 5 bytes",
        _ => "",
    };

    public readonly SequencePosition PositionOf(long offset) => _sequence.GetPosition(offset);

    /// <summary>Finds the next frame. False where it is not complete, or where <see cref="ErrorCode"/> says why not.</summary>
    public bool TryRead()
    {
        var array = _array;
        var position = _position;
        if (position < _end)
        {
            int length = array[position];
            var start = position + 1;
            if (length >= 0x80)
            {
                int second = start < _end ? array[start] : 0x80;
                length = second < 0x80 ? (length & 0x7F) | (second << 7) : 0;
                start++;
            }

            // 0 is refused, or a longer prefix, by the slow path.
            if ((uint)(length - 1) < (uint)_maxFrameBytes && length <= _end - start)
            {
                ConsumedBefore = _origin + position;
                Buffer = array;
                Offset = start;
                Length = length;
                _position = start + length;
                return true;
            }
        }
        return TryReadAcross();
    }

    private bool TryReadAcross()
    {
        while (_position - _memoryStart == _memory.Length)
        {
            if (!TryEnterNextSegment())
                return false;
        }

        var memory = _memory;
        var next = _next;
        var index = _position - _memoryStart;
        var segmentStart = _origin + _memoryStart;
        var before = segmentStart + index;

        // The prefix, which may itself be cut.
        ulong length = 0;
        var prefix = 0;
        while (true)
        {
            while (index == memory.Length)
            {
                segmentStart += memory.Length;
                index = 0;
                if (!_sequence.TryGet(ref next, out memory))
                    return false;
            }

            var value = memory.Span[index++];
            length |= (ulong)(value & 0x7F) << (7 * prefix++);
            if (value < 0x80)
                break;
            if (prefix == ProtocolLimits.MaxLengthPrefixBytes)
                return Refuse(ErrorCode.BadFrame);
        }

        if (length == 0)
            return Refuse(ErrorCode.BadFrame);
        if (length > (uint)_maxFrameBytes)
            return Refuse(ErrorCode.FrameTooLarge);
        if ((long)length > _sequenceLength - before - prefix)
            return false;

        // The segment in which the body begins; at the end of one, that is the one after.
        while (index == memory.Length)
        {
            segmentStart += memory.Length;
            index = 0;
            _sequence.TryGet(ref next, out memory);
        }
        Enter(memory, next, segmentStart, index);

        ConsumedBefore = before;
        Length = (int)length;
        if (Length <= _end - _position)
        {
            Buffer = _array;
            Offset = _position;
            _position += Length;
        }
        else
        {
            Copy();
        }
        return true;
    }

    /// <summary>Copies the frame from the current position on, and moves behind it.</summary>
    private void Copy()
    {
        Buffer = _scratch.Rent(Length, out var offset);
        Offset = offset;
        var rest = Buffer.AsSpan(offset, Length);
        while (true)
        {
            var source = _memory.Span[(_position - _memoryStart)..];
            if (source.Length >= rest.Length)
            {
                source[..rest.Length].CopyTo(rest);
                _position += rest.Length;
                return;
            }
            source.CopyTo(rest);
            rest = rest[source.Length..];
            _position += source.Length;
            TryEnterNextSegment();
        }
    }

    private bool Refuse(ErrorCode error)
    {
        ErrorCode = error;
        return false;
    }

    private bool TryEnterNextSegment()
    {
        var start = Consumed;
        if (!_sequence.TryGet(ref _next, out var memory))
            return false;
        Enter(memory, _next, start, 0);
        return true;
    }

    private void Enter(ReadOnlyMemory<byte> memory, SequencePosition next, long segmentStart, int index)
    {
        _memory = memory;
        _next = next;
        if (MemoryMarshal.TryGetArray(memory, out var segment))
        {
            _array = segment.Array!;
            _memoryStart = segment.Offset;
            _end = segment.Offset + segment.Count;
        }
        else
        {
            _array = [];
            _memoryStart = 0;
            _end = 0;
        }
        _origin = segmentStart - _memoryStart;
        _position = _memoryStart + index;
    }
}
