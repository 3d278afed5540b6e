using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;
using System.Text;
using Google.Protobuf;
using Wire.Load.Engine;
using Wire.Protocol;

namespace Wire.Load.Frames;

/// <summary>
/// The publishes of one connection, encoded once; before each sending only the <c>publish_id</c> is written, and with many sessions
/// the number of the session.
/// </summary>
/// <remarks>
/// Ids begin at 2^28, so that each takes exactly five bytes as a varint and every frame has the same size and layout:
/// <code>
/// length | 1A length | 0A length session_id | 10 publish_id(5) | 1A length payload | 30 durability
/// </code>
/// The buffer has a slot for each session and each publish that may be unanswered, slot s belonging to session s mod
/// sessions. So any number of publishes, beginning with any session in turn, lies in one piece and goes out in one send.
/// Where there are more sessions than publishes that may be unanswered, there is a slot for each of the latter only, and the
/// session's number is written into the id as well: slots for millions of sessions would be gigabytes, and in no cache.
/// </remarks>
internal sealed class PublishFrames
{
    /// <summary>The first id of every session.</summary>
    public const ulong FirstPublishId = 1UL << 28;

    private const ulong LastPublishId = (1UL << 35) - 1;
    private const int PublishIdBytes = 5;

    private readonly byte[] _slots;
    private readonly SessionNames _sessions;
    private readonly bool _writesNumbers;
    private readonly int _publishIdOffset;
    private int _session;

    // Sessions are published to in turns, so all whose turn is still to come have the same.
    private ulong _publishId = FirstPublishId;

    /// <summary>Encodes the frames.</summary>
    /// <param name="sessions">The sessions that are published to in turn; ids of at most 100 bytes.</param>
    /// <param name="depth">The most publishes that are taken at once, at least 1.</param>
    /// <param name="payloadBytes">The payload of each, in bytes.</param>
    /// <param name="durability">The level asked for.</param>
    public PublishFrames(SessionNames sessions, int depth, int payloadBytes, Durability durability)
    {
        _sessions = sessions;
        _writesNumbers = sessions.Count > depth;
        var payload = new byte[payloadBytes];
        var random = new Random(1);
        using var slots = new MemoryStream();
        for (var slot = 0; slot < (_writesNumbers ? depth : sessions.Count + depth); slot++)
        {
            random.NextBytes(payload);
            var publish = new Publish
            {
                SessionId = sessions[slot % sessions.Count],
                PublishId = FirstPublishId,
                Payload = ByteString.CopyFrom(payload),
                Durability = durability,
            };
            var frame = new Frame { Publish = publish };
            if (slot == 0)
            {
                FrameBytes = ProtobufReader.VarintBytes((ulong)frame.CalculateSize()) + frame.CalculateSize();
                _publishIdOffset = FrameBytes - publish.CalculateSize() + 2 + Encoding.UTF8.GetByteCount(publish.SessionId) + 1;
            }

            frame.WriteDelimitedTo(slots);
        }

        _slots = slots.ToArray();
    }

    /// <summary>The size of each frame with its length in front, in bytes.</summary>
    public int FrameBytes { get; }

    /// <summary>The bytes that <see cref="Take"/> speaks of.</summary>
    public byte[] Buffer => _slots;

    /// <summary>Gives the next publishes their ids.</summary>
    /// <param name="count">How many, 1 to depth. The ones taken before must have been sent: their bytes are reused.</param>
    /// <returns>
    /// Where in <see cref="Buffer"/> they begin; they are <paramref name="count"/> x <see cref="FrameBytes"/> long.
    /// </returns>
    public int Take(int count)
    {
        var start = _writesNumbers ? 0 : _session * FrameBytes;
        var at = start + _publishIdOffset;
        for (var i = 0; i < count; i++)
        {
            // The id ends in front of the tag of publish_id.
            if (_writesNumbers)
                _sessions.WriteNumber(_slots.AsSpan(at - 1 - _sessions.Digits, _sessions.Digits), _session);
            Write(_slots.AsSpan(at, PublishIdBytes), _publishId);
            at += FrameBytes;
            if (++_session == _sessions.Count)
            {
                _session = 0;
                _publishId++;
            }
        }

        if (_publishId > LastPublishId)
            throw new LoadFailureException("The connection has used up its publish ids; shorten the window.");
        return start;
    }

    /// <summary>Whether a frame that came back, without its length, is a publish of this size with that id.</summary>
    public bool IsEcho(ReadOnlySpan<byte> frame, ulong publishId)
    {
        var prefix = FrameBytes - frame.Length;
        return prefix == ProtobufReader.VarintBytes((ulong)frame.Length)
            && Read(frame.Slice(_publishIdOffset - prefix, PublishIdBytes)) == publishId;
    }

    private static void Write(Span<byte> to, ulong id)
    {
        // Five groups of seven bits, the first four with the continuation bit.
        var low = Bmi2.IsSupported
            ? Bmi2.ParallelBitDeposit((uint)id, 0x7F7F7F7F)
            : (uint)((id & 0x7F) | ((id & 0x3F80) << 1) | ((id & 0x1F_C000) << 2) | ((id & 0xFE0_0000) << 3));
        BinaryPrimitives.WriteUInt32LittleEndian(to, low | 0x80808080);
        to[4] = (byte)(id >> 28);
    }

    private static ulong Read(ReadOnlySpan<byte> from)
    {
        var low = BinaryPrimitives.ReadUInt32LittleEndian(from);
        return (low & 0x7F) | ((low & 0x7F00) >> 1) | ((low & 0x7F_0000) >> 2) | ((low & 0x7F00_0000) >> 3)
            | ((ulong)from[4] << 28);
    }
}
