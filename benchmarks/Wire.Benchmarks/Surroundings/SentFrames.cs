using System.Buffers;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Benchmarks.Surroundings;

/// <summary>What the frames that a server sent say: for the checks in set-ups.</summary>
internal readonly record struct SentFrames(long Acknowledged, long Duplicates, long Messages, long MessageBytes)
{
    public static SentFrames Of(ReadOnlySpan<byte> bytes)
    {
        var reader = new ServerFrameReader(new ReadOnlySequence<byte>(bytes.ToArray()), ProtocolLimits.DefaultMaxFrameBytes, new FrameScratch());
        var sent = default(SentFrames);
        while (reader.Read() is var status and not ServerFrameStatus.Incomplete)
        {
            sent = status switch
            {
                ServerFrameStatus.Ack when reader.Ack.Duplicate => sent with { Duplicates = sent.Duplicates + reader.Ack.Count },
                ServerFrameStatus.Ack => sent with { Acknowledged = sent.Acknowledged + reader.Ack.Count },
                ServerFrameStatus.Message => sent with { Messages = sent.Messages + 1, MessageBytes = sent.MessageBytes + reader.Body.Length },
                ServerFrameStatus.Other when reader.TryParse(out var frame) && frame.BodyCase == Frame.BodyOneofCase.Subscribed => sent,
                _ => throw new InvalidOperationException($"a frame that was not expected: {reader.Detail}"),
            };
        }
        return sent;
    }
}
