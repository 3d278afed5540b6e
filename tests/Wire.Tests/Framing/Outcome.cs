using System.Buffers;
using System.Text;
using Google.Protobuf;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Tests.Framing;

/// <summary>
/// What reading a stream came to: the frames, each in the canonical bytes of its parsed form, and how it ended. Made in two
/// ways, by the readers under test and by a reference of the generated parser alone, so that the two can be compared.
/// </summary>
internal sealed record Outcome(IReadOnlyList<string> Frames, long Consumed, string End)
{
    public const string EndOfBytes = "end of bytes";

    private static readonly MessageParser<Frame> Stock = Frame.Parser.WithDiscardUnknownFields(true);
    private static readonly MessageParser<ClientFrame> Mirror = ClientFrame.Parser.WithDiscardUnknownFields(true);

    /// <summary>What <see cref="FrameReader"/> makes of the bytes, the publishes rebuilt from their slices.</summary>
    public static Outcome Read(in ReadOnlySequence<byte> bytes, int maxFrameBytes = ProtocolLimits.DefaultMaxFrameBytes)
    {
        var scratch = new FrameScratch();
        var frames = new List<string>();
        var publishes = new List<(int At, PublishSlice Slice)>();
        var reader = new FrameReader(bytes, maxFrameBytes, scratch);
        var end = EndOfBytes;
        var consumed = 0L;
        while (true)
        {
            var before = reader.ConsumedBytes;
            var status = reader.Read(out var publish);
            if (status == FrameStatus.Incomplete)
                break;
            if (status == FrameStatus.Invalid)
            {
                end = reader.ErrorCode.ToString();
                break;
            }

            Assert.That(reader.ConsumedBytesBefore, Is.EqualTo(before));
            Assert.That(bytes.Slice(reader.ConsumedBefore, reader.Consumed).Length, Is.EqualTo(reader.ConsumedBytes - before));
            if (status == FrameStatus.Publish)
            {
                // Rebuilt only at the end: slices stay valid until the scratch is reset.
                publishes.Add((frames.Count, publish));
                frames.Add("");
            }
            else if (reader.TryParse(out var frame))
            {
                frames.Add(Show(frame));
            }
            else
            {
                end = reader.ErrorCode.ToString();
                break;
            }
            consumed = reader.ConsumedBytes;
        }

        foreach (var (at, slice) in publishes)
            frames[at] = Show(new ClientFrame { Publish = Rebuild(slice) });
        scratch.Reset();
        return new Outcome(frames, consumed, end);
    }

    /// <summary>What <see cref="ServerFrameReader"/> makes of the bytes, acknowledgements and messages rebuilt from their slices.</summary>
    public static Outcome ReadServer(in ReadOnlySequence<byte> bytes, int maxFrameBytes = ProtocolLimits.DefaultMaxFrameBytes)
    {
        var scratch = new FrameScratch();
        var frames = new List<string>();
        var slices = new List<(int At, Func<Frame> Rebuild)>();
        var reader = new ServerFrameReader(bytes, maxFrameBytes, scratch);
        var end = EndOfBytes;
        var consumed = 0L;
        while (true)
        {
            var before = reader.ConsumedBytes;
            var status = reader.Read();
            if (status == ServerFrameStatus.Incomplete)
                break;
            if (status == ServerFrameStatus.Invalid)
            {
                end = reader.ErrorCode.ToString();
                break;
            }

            Assert.That(reader.ConsumedBytesBefore, Is.EqualTo(before));
            Assert.That(bytes.Slice(reader.ConsumedBefore, reader.Consumed).Length, Is.EqualTo(reader.ConsumedBytes - before));
            if (status == ServerFrameStatus.Other)
            {
                if (!reader.TryParse(out var frame))
                {
                    end = reader.ErrorCode.ToString();
                    break;
                }
                frames.Add(Show(frame));
            }
            else
            {
                var (ack, message) = (reader.Ack, reader.Message);
                slices.Add((frames.Count, () => status == ServerFrameStatus.Ack
                    ? new Frame { Ack = Rebuild(ack) }
                    : new Frame { Message = Rebuild(message) }));
                frames.Add("");
            }
            consumed = reader.ConsumedBytes;
        }

        foreach (var (at, rebuild) in slices)
            frames[at] = Show(rebuild());
        scratch.Reset();
        return new Outcome(frames, consumed, end);
    }

    /// <summary>What the generated parser alone makes of bytes sent to a server.</summary>
    public static Outcome Reference(byte[] bytes, int maxFrameBytes = ProtocolLimits.DefaultMaxFrameBytes)
        => Reference(bytes, maxFrameBytes, static frame => Parse(frame));

    /// <summary>What the generated parser alone makes of bytes sent to a client.</summary>
    public static Outcome ReferenceServer(byte[] bytes, int maxFrameBytes = ProtocolLimits.DefaultMaxFrameBytes)
        => Reference(bytes, maxFrameBytes, static frame => Parse(frame) is null ? null : Stock.ParseFrom(frame));

    private static Outcome Reference(byte[] bytes, int maxFrameBytes, Func<ReadOnlySpan<byte>, IMessage?> parse)
    {
        var frames = new List<string>();
        var position = 0;
        while (true)
        {
            ulong length = 0;
            var prefix = 0;
            while (true)
            {
                if (position + prefix == bytes.Length)
                    return new Outcome(frames, position, EndOfBytes);
                var value = bytes[position + prefix];
                length += (ulong)(value % 128) << (7 * prefix);
                prefix++;
                if (value < 128)
                    break;
                if (prefix == 5)
                    return new Outcome(frames, position, nameof(ErrorCode.BadFrame));
            }
            if (length == 0)
                return new Outcome(frames, position, nameof(ErrorCode.BadFrame));
            if (length > (ulong)maxFrameBytes)
                return new Outcome(frames, position, nameof(ErrorCode.FrameTooLarge));
            if (length > (ulong)(bytes.Length - position - prefix))
                return new Outcome(frames, position, EndOfBytes);

            if (parse(bytes.AsSpan(position + prefix, (int)length)) is not { } frame)
                return new Outcome(frames, position, nameof(ErrorCode.BadFrame));
            frames.Add(Show(frame));
            position += prefix + (int)length;
        }
    }

    /// <summary>
    /// What stock Google.Protobuf makes of a frame: of whether it is one, its parser of <c>Frame</c>; of the content, its
    /// parser of the mirror in which texts are bytes.
    /// </summary>
    public static ClientFrame? Parse(ReadOnlySpan<byte> frame)
    {
        try
        {
            var stock = Frame.Parser.ParseFrom(frame);
            var mirror = Mirror.ParseFrom(frame);
            Assert.That((int)mirror.BodyCase, Is.EqualTo((int)stock.BodyCase));
            return mirror;
        }
        catch (Exception fault) when (fault is InvalidProtocolBufferException or IndexOutOfRangeException or ArgumentException)
        {
            // The last two are its answer to a nested length near the largest int.
            return null;
        }
    }

    public static ClientPublish Rebuild(in PublishSlice slice)
    {
        var publish = new ClientPublish
        {
            SessionId = ByteString.CopyFrom(slice.Session),
            PublishId = slice.PublishId,
            Payload = ByteString.CopyFrom(slice.Payload),
            Kind = (PayloadKind)slice.Kind,
            Channel = (Channel)slice.Channel,
            Durability = (Durability)slice.Durability,
            InReplyTo = slice.InReplyTo,
        };
        if (slice.HasExpectedHead)
            publish.ExpectedHead = slice.ExpectedHead;
        else
            Assert.That(slice.ExpectedHead, Is.Zero);
        return publish;
    }

    public static Ack Rebuild(in AckSlice slice) => new()
    {
        SessionId = Encoding.UTF8.GetString(slice.Session),
        PublishId = slice.PublishId,
        Sequence = slice.Sequence,
        Count = slice.Count,
        Duplicate = slice.Duplicate,
        Durability = (Durability)slice.Durability,
    };

    public static Message Rebuild(in MessageSlice slice) => new()
    {
        Id = slice.Id,
        SessionId = Encoding.UTF8.GetString(slice.Session),
        Sequence = slice.Sequence,
        TimestampUnixNs = slice.TimestampUnixNs,
        Channel = (Channel)slice.Channel,
        Role = (Role)slice.Role,
        Sender = Encoding.UTF8.GetString(slice.Sender),
        PublishId = slice.PublishId,
        Payload = ByteString.CopyFrom(slice.Payload),
        Kind = (PayloadKind)slice.Kind,
        InReplyTo = slice.InReplyTo,
        Finish = (Finish)slice.Finish,
    };

    public bool Equals(Outcome? other)
        => other is not null && End == other.End && Consumed == other.Consumed && Frames.SequenceEqual(other.Frames);

    public override int GetHashCode() => HashCode.Combine(End, Consumed, Frames.Count);

    public override string ToString() => $"{Consumed} bytes, then {End}: [{string.Join(", ", Frames)}]";

    public static string Show(IMessage frame) => Convert.ToHexString(frame.ToByteArray());
}
