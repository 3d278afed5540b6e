using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Tests.Sessions;

/// <summary>Counts what it is given, and keeps and allocates nothing.</summary>
internal sealed class CountingOutbox : IOutbox
{
    private long _acknowledged;
    private long _messages;

    public long Acknowledged => Interlocked.Read(ref _acknowledged);
    public long Messages => Interlocked.Read(ref _messages);
    public bool IsClosed => false;
    public int MessageMark => int.MaxValue;

    public void Write(ReadOnlySpan<byte> frames) => Count(frames);

    public bool TryWrite(ReadOnlySpan<byte> frames)
    {
        Count(frames);
        return true;
    }

    public void Flush()
    {
    }

    public void Abort(Error error) => throw new InvalidOperationException(error.ToString());

    private void Count(ReadOnlySpan<byte> frames)
    {
        while (!frames.IsEmpty)
        {
            var at = 0;
            var length = (int)Varint(frames, ref at);
            var frame = frames.Slice(at, length);
            if (frame[0] == ((int)Frame.BodyOneofCase.Message << 3 | 2))
                Interlocked.Increment(ref _messages);
            else if (frame[0] == ((int)Frame.BodyOneofCase.Ack << 3 | 2))
                Interlocked.Add(ref _acknowledged, CountOf(frame));
            frames = frames[(at + length)..];
        }
    }

    // An Ack's fields are varints but for the session's id.
    private static long CountOf(ReadOnlySpan<byte> frame)
    {
        var at = 1;
        Varint(frame, ref at);
        while (at < frame.Length)
        {
            var tag = frame[at++];
            var value = Varint(frame, ref at);
            if (tag >> 3 == Ack.CountFieldNumber)
                return (long)value;
            if ((tag & 7) == 2)
                at += (int)value;
        }
        throw new InvalidOperationException("an Ack that covers nothing");
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
