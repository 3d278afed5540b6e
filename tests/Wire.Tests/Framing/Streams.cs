using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Tests.Framing;

/// <summary>Random input for the readers: what Google.Protobuf writes, and what has been done to it since.</summary>
internal static class Streams
{
    // Bytes that mean something at many places: ends of varints, tags of known fields, wire types that do not exist, groups.
    private static readonly byte[] Telling = [0x00, 0x01, 0x07, 0x08, 0x0A, 0x0B, 0x0C, 0x0E, 0x0F, 0x10, 0x1A, 0x40, 0x7F, 0x80, 0xFF];

    /// <summary>A message written by Google.Protobuf; shrinks by losing fields.</summary>
    public static Arbitrary<T> Messages<T>()
        where T : class, IMessage<T>, new()
    {
        var type = new T().Descriptor;
        return Arb.From(Seeds().Select(seed => (T)RandomMessages.Create(type, new Random(seed))), Smaller);
    }

    /// <summary>A stream of frames to which almost anything has happened; shrinks by losing bytes.</summary>
    public static Arbitrary<byte[]> Mutated() => Arb.From(
        Seeds().Select(seed => Mutated(new Random(seed))),
        bytes => Enumerable.Range(0, bytes.Length).Select(at => bytes[..at].Concat(bytes[(at + 1)..]).ToArray()));

    public static byte[] Delimited(IMessage message)
    {
        using var stream = new MemoryStream();
        message.WriteDelimitedTo(stream);
        return stream.ToArray();
    }

    public static byte[] Delimited(byte[] frame)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
            output.WriteLength(frame.Length);
        stream.Write(frame);
        return stream.ToArray();
    }

    private static Gen<int> Seeds() => Gen.Choose(int.MinValue + 1, int.MaxValue - 1);

    private static byte[] Mutated(Random random)
    {
        var stream = new List<byte>();
        for (var frames = random.Next(1, 4); frames > 0; frames--)
        {
            // Most are of the kinds that have a fast path.
            var message = random.Next(5) switch
            {
                0 or 1 => new Frame { Publish = (Publish)RandomMessages.Create(Publish.Descriptor, random) },
                2 => new Frame { Ack = (Ack)RandomMessages.Create(Ack.Descriptor, random) },
                3 => new Frame { Message = (Message)RandomMessages.Create(Message.Descriptor, random) },
                _ => RandomMessages.Create(Frame.Descriptor, random),
            };
            var frame = new List<byte>(message.ToByteArray());
            if (frame.Count > 400)
                frame.RemoveRange(400, frame.Count - 400);
            for (var edits = random.Next(4); edits > 0; edits--)
                Edit(frame, random);
            stream.AddRange(Delimited([.. frame]));
        }
        for (var edits = Math.Max(0, random.Next(-4, 3)); edits > 0; edits--)
            Edit(stream, random);
        return [.. stream];
    }

    private static void Edit(List<byte> bytes, Random random)
    {
        // Early places matter more: there are the tags and the lengths.
        var at = random.Next(2) == 0 ? random.Next(bytes.Count + 1) : random.Next(Math.Min(bytes.Count, 8) + 1);
        switch (random.Next(6))
        {
            case 0:
                bytes.Insert(at, Telling[random.Next(Telling.Length)]);
                break;
            case 1 when at < bytes.Count:
                bytes[at] = Telling[random.Next(Telling.Length)];
                break;
            case 2 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 3 when at < bytes.Count:
                bytes.RemoveRange(at, random.Next(1, Math.Min(4, bytes.Count - at) + 1));
                break;
            case 4:
                // A varint that is too long, or close to the largest int.
                bytes.InsertRange(at, Enumerable.Repeat((byte)0xFF, random.Next(1, 11)));
                break;
            default:
                var from = random.Next(bytes.Count + 1);
                bytes.InsertRange(at, bytes.GetRange(from, random.Next(Math.Min(bytes.Count - from, 40) + 1)));
                break;
        }
    }

    private static IEnumerable<T> Smaller<T>(T message)
        where T : class, IMessage<T>
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var smaller = message.Clone();
            field.Accessor.Clear(smaller);
            if (!smaller.Equals(message))
                yield return smaller;
        }
    }
}
