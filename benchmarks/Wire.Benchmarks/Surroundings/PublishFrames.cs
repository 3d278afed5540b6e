using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Benchmarks.Surroundings;

/// <summary>
/// Delimited publishes as clients pipeline them, to sessions in turns, batch by batch and again from the start: then with higher
/// ids, which are written over the ones before.
/// </summary>
internal sealed class PublishFrames
{
    public const int Batch = 256;

    private const int SessionIdBytes = 16;

    // Ids of nine varint bytes: the lowest three are the frame's place in its batch, the next four the round.
    private const ulong FirstId = 1UL << 56;
    private const int RoundAt = 3;

    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private readonly int[] _idOffsets;
    private uint _round;
    private int _batch = -1;

    public PublishFrames(int sessions, int payloadBytes, Durability durability = Durability.Memory)
    {
        var count = (sessions + Batch - 1) / Batch * Batch;
        _bytes = Build(count, payloadBytes, i => FirstId + (ulong)(i % Batch), i => SessionId(i % sessions), durability);
        _starts = new int[count / Batch + 1];
        _idOffsets = new int[count];
        var reader = new FrameReader(new ReadOnlySequence<byte>(_bytes), ProtocolLimits.DefaultMaxFrameBytes, new FrameScratch());
        for (var i = 0; i < count; i++)
        {
            reader.Read(out var publish);
            _idOffsets[i] = publish.SessionOffset + publish.SessionLength + 1;
            if ((i + 1) % Batch == 0)
                _starts[(i + 1) / Batch] = (int)reader.ConsumedBytes;
        }
    }

    public int Batches => _starts.Length - 1;

    public static string SessionId(int number) => $"session-{number:D8}"; // of SessionIdBytes

    /// <summary>The next batch, with ids that are higher than before.</summary>
    public ReadOnlySequence<byte> Next()
    {
        Advance();
        var round = 0x80808080 | Spread(_round);
        foreach (var at in _idOffsets.AsSpan(_batch * Batch, Batch))
            BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(at + RoundAt), round);
        return Current;
    }

    /// <summary>The first publish of the next batch, likewise.</summary>
    public ReadOnlySequence<byte> NextOne() => Next().Slice(0, (_starts[_batch + 1] - _starts[_batch]) / Batch);

    /// <summary>The next batch, as it was sent before.</summary>
    public ReadOnlySequence<byte> Again()
    {
        Advance();
        return Current;
    }

    public static byte[] Build(int count, int payloadBytes) => Build(count, payloadBytes, i => (ulong)i + 1, _ => SessionId(0), Durability.Memory);

    /// <summary>The bytes in segments of that size, as a pipe of pooled blocks holds them.</summary>
    public static ReadOnlySequence<byte> Segmented(byte[] bytes, int segmentBytes)
    {
        var first = new Segment(bytes.AsMemory(0, Math.Min(segmentBytes, bytes.Length)).ToArray(), null);
        var last = first;
        for (var at = segmentBytes; at < bytes.Length; at += segmentBytes)
            last = new Segment(bytes.AsMemory(at, Math.Min(segmentBytes, bytes.Length - at)).ToArray(), last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private ReadOnlySequence<byte> Current => new(_bytes, _starts[_batch], _starts[_batch + 1] - _starts[_batch]);

    private void Advance()
    {
        if (++_batch < Batches)
            return;
        _batch = 0;
        _round++;
    }

    // 28 bits as four bytes of a varint.
    private static uint Spread(uint round) => (round & 0x7F) | (round & 0x3F80) << 1 | (round & 0x1FC000) << 2 | (round & 0xFE00000) << 3;

    private static byte[] Build(int count, int payloadBytes, Func<int, ulong> publishId, Func<int, string> session, Durability durability)
    {
        var payload = new byte[payloadBytes];
        new Random(1).NextBytes(payload);
        var bytes = new ArrayBufferWriter<byte>(count * (payloadBytes + SessionIdBytes + 32));
        var frame = new Frame { Publish = new Publish { Payload = ByteString.CopyFrom(payload), Channel = Channel.Web, Durability = durability } };
        for (var i = 0; i < count; i++)
        {
            frame.Publish.SessionId = session(i);
            frame.Publish.PublishId = publishId(i);
            FrameWriter.Write(bytes, frame);
        }
        return bytes.WrittenSpan.ToArray();
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? before)
        {
            Memory = bytes;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
