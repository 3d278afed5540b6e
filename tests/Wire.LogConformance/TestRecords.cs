using System.Text;
using Wire.Log;

namespace Wire.LogConformance;

/// <summary>Records as sessions write them.</summary>
public static class TestRecords
{
    /// <summary>A run of one message of a session, whose content follows from its number.</summary>
    public static byte[] Run(string session, long number, int payloadBytes = 64, long previous = 0, long firstId = 0)
    {
        using var writer = new RunWriter();
        writer.Begin(Encoding.UTF8.GetBytes(session), "producer"u8);
        writer.Add((ulong)number, 1, 1, 0, (int)Protocol.Durability.Disk, 0, Payload(session, number, payloadBytes));
        return writer.Complete(2, new RecordChain(number, previous, 0, 0), (ulong)number, firstId == 0 ? number : firstId, number * 1000).ToArray();
    }

    /// <summary>The payload of that message.</summary>
    public static byte[] Payload(string session, long number, int bytes)
    {
        var payload = new byte[bytes];
        new Random(HashCode(session) ^ (int)number).NextBytes(payload);
        return payload;
    }

    /// <summary>The session, the number and whether the content is what it was written with.</summary>
    public static (string Session, long Number, bool Whole) Read(ReadOnlySpan<byte> record)
    {
        var header = new RecordHeader(record);
        var session = Encoding.UTF8.GetString(header.SessionId);
        var reader = new RunReader(record);
        var message = new RunMessage();
        if (!reader.MoveNext(ref message))
            return (session, header.RunNumber, false);
        var whole = message.Payload.SequenceEqual(Payload(session, header.RunNumber, message.Payload.Length))
            && message.Sequence == (ulong)header.RunNumber && message.PublishId == (ulong)header.RunNumber;
        return (session, header.RunNumber, whole && !reader.MoveNext(ref message));
    }

    // string.GetHashCode differs from process to process.
    static int HashCode(string session)
    {
        var hash = 17;
        foreach (var c in session)
            hash = hash * 31 + c;
        return hash;
    }
}
