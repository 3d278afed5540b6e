using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Wire.Log;

/// <summary>
/// Encodes one record at a time into a buffer of its own: the ids, then message by message the body of a run:
/// <code>
///   u8      tag: 1 publish_id follows   (else: the one before + 1; before the first: 0)
///                2 id follows           (else: the one before + 1; the first is the header's)
///                4 attributes follow    (else: as in the message before; before the first: kind 0, channel 0, finish 0, DISK)
///                8 in_reply_to follows  (else: 0)
///   varint  publish_id minus the one before (0 is possible in an atomic append)
///   varint  id minus the one before
///   varint  kind · varint channel · u8 finish &lt;&lt; 4 | durability
///   varint  in_reply_to
///   varint  length of the payload, then the payload
/// </code>
/// So a message of a pipelined run costs its payload and two bytes. Not thread-safe: each worker has one.
/// </summary>
internal sealed class RunWriter : IDisposable
{
    /// <summary>A run is closed before it grows beyond this; a single message may be larger.</summary>
    public const int MaxRunBytes = 256 * 1024;

    const byte PublishIdFollows = 1, IdFollows = 2, AttributesFollow = 4, InReplyToFollows = 8;

    /// <summary>Tag, four 64-bit varints, two 32-bit varints as 64-bit ones, attributes, length.</summary>
    const int MaxMessageOverhead = 64;

    // No attributes have these values: their highest byte is a durability.
    const ulong Unusual = ulong.MaxValue, AfterUnusual = ulong.MaxValue - 1;

    readonly int _maxRunBytes;
    byte[] _buffer;
    int _length;
    int _sessionIdLength;
    int _clientIdLength;
    ulong _publishId;
    ulong _attributes;

    public RunWriter(int maxRunBytes = MaxRunBytes)
    {
        _maxRunBytes = maxRunBytes;
        _buffer = ArrayPool<byte>.Shared.Rent(maxRunBytes + RecordHeader.MaxOverhead);
    }

    /// <summary>The messages written since <see cref="Begin"/>.</summary>
    public int Count { get; private set; }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    public void Begin(ReadOnlySpan<byte> sessionId, ReadOnlySpan<byte> clientId)
    {
        sessionId.CopyTo(_buffer.AsSpan(RecordHeader.Size));
        clientId.CopyTo(_buffer.AsSpan(RecordHeader.Size + sessionId.Length));
        _sessionIdLength = sessionId.Length;
        _clientIdLength = clientId.Length;
        _length = RecordHeader.Size + sessionId.Length + clientId.Length;
        _publishId = 0;
        _attributes = Attributes(0, 0, 0, (int)Protocol.Durability.Disk);
        Count = 0;
    }

    /// <summary>Whether a further message fits the run; a first one always does.</summary>
    public bool Fits(int payloadLength) => Count == 0 || _length + payloadLength + MaxMessageOverhead <= _maxRunBytes;

    /// <summary>Adds a message whose id is the one before + 1.</summary>
    public void Add(ulong publishId, int kind, int channel, int finish, int durability, ulong inReplyTo, ReadOnlySpan<byte> payload)
    {
        if (_length + payload.Length + MaxMessageOverhead > _buffer.Length)
            Grow(payload.Length);

        ref var start = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), _length);
        var at = 1;
        byte tag = 0;
        if (publishId != _publishId + 1)
        {
            tag |= PublishIdFollows;
            at = WriteVarint(ref start, at, publishId - _publishId);
        }
        _publishId = publishId;

        var attributes = Attributes(kind, channel, finish, durability);
        if (attributes != _attributes)
        {
            tag |= AttributesFollow;
            at = WriteVarint(ref start, at, (uint)kind);
            at = WriteVarint(ref start, at, (uint)channel);
            Unsafe.Add(ref start, at++) = (byte)(finish << 4 | durability);
            _attributes = attributes == Unusual ? AfterUnusual : attributes;
        }
        if (inReplyTo != 0)
        {
            tag |= InReplyToFollows;
            at = WriteVarint(ref start, at, inReplyTo);
        }
        at = WriteVarint(ref start, at, (uint)payload.Length);
        start = tag;
        payload.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref start, at), payload.Length));
        _length += at + payload.Length;
        Count++;
    }

    /// <summary>The run as a record, complete but for what depends on its place in the log. Valid until the next <see cref="Begin"/>.</summary>
    public Span<byte> Complete(byte role, in RecordChain chain, ulong firstSequence, long firstId, long timestamp, bool atomic = false)
    {
        var record = _buffer.AsSpan(0, _length);
        RecordHeader.Write(record, RecordKind.Run, atomic ? RecordHeader.FlagAtomic : (byte)0, role, chain,
            firstSequence, Count, firstId, timestamp, _sessionIdLength, _clientIdLength);
        return record;
    }

    /// <summary>A checkpoint of the session given to <see cref="Begin"/>, in place of messages.</summary>
    public Span<byte> CompleteCheckpoint(in RecordChain chain, ulong head, long lastId, long timestamp, ReadOnlySpan<byte> body)
    {
        if (_length + body.Length > _buffer.Length)
            Grow(body.Length);
        body.CopyTo(_buffer.AsSpan(_length));
        _length += body.Length;
        var record = _buffer.AsSpan(0, _length);
        RecordHeader.Write(record, RecordKind.SessionCheckpoint, 0, 0, chain, head + 1, 0, lastId, timestamp, _sessionIdLength,
            _clientIdLength);
        return record;
    }

    /// <summary>A record without session or messages: a filler or a roll mark, of exactly <paramref name="destination"/>'s length.</summary>
    public static void WriteBare(Span<byte> destination, RecordKind kind, long timestamp)
    {
        destination.Clear();
        RecordHeader.Write(destination, kind, 0, 0, default, 0, 0, 0, timestamp, 0, 0);
    }

    // Kind and channel are kept as they come, any 32-bit value; what does not fit the comparison is written each time, and so
    // is what follows it.
    static ulong Attributes(int kind, int channel, int finish, int durability) =>
        ((kind | channel) & ~0xFFFFFF) != 0 ? Unusual
            : (uint)kind | (ulong)(uint)channel << 24 | (ulong)(uint)finish << 48 | (ulong)(uint)durability << 56;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // RunBenchmarks.Encode: one call a field otherwise
    static int WriteVarint(ref byte start, int at, ulong value)
    {
        while (value >= 0x80)
        {
            Unsafe.Add(ref start, at++) = (byte)(value | 0x80);
            value >>= 7;
        }
        Unsafe.Add(ref start, at++) = (byte)value;
        return at;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void Grow(int payloadLength)
    {
        var larger = ArrayPool<byte>.Shared.Rent(_length + payloadLength + MaxMessageOverhead);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
