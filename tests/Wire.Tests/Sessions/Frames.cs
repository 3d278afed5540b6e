using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Tests.Sessions;

/// <summary>The frames that a client sends.</summary>
internal static class Frames
{
    public static Frame Publish(string session, ulong id, string payload = "", Durability durability = Durability.Default, ulong? expectedHead = null)
    {
        var publish = new Publish { SessionId = session, PublishId = id, Payload = ByteString.CopyFromUtf8(payload), Durability = durability };
        if (expectedHead is { } head)
            publish.ExpectedHead = head;
        return new Frame { Publish = publish };
    }

    /// <summary>Publishes with consecutive ids.</summary>
    public static Frame[] Publishes(string session, ulong first, int count, Durability durability = Durability.Default) =>
        [.. Enumerable.Range(0, count).Select(i => Publish(session, first + (ulong)i, $"{session} {first + (ulong)i}", durability))];

    public static Frame Subscribe(string session, ulong from = 0) => new() { Subscribe = new Subscribe { SessionId = session, FromSequence = from } };

    public static Frame Unsubscribe(string session) => new() { Unsubscribe = new Unsubscribe { SessionId = session } };

    public static Frame Fetch(string session, uint request, ulong from = 0, uint limit = 0, bool backward = false) =>
        new() { Fetch = new Fetch { SessionId = session, RequestId = request, FromSequence = from, Limit = limit, Backward = backward } };

    public static Frame Signal(string session, string kind, byte[] payload) =>
        new() { Signal = new Signal { SessionId = session, Kind = kind, Payload = ByteString.CopyFrom(payload) } };

    public static Frame Ping(ulong nonce) => new() { Ping = new Ping { Nonce = nonce } };

    public static Frame Ack(string session, ulong id, ulong sequence, uint count, Durability durability, bool duplicate = false) => new()
    {
        Ack = new Ack { SessionId = session, PublishId = id, Sequence = sequence, Count = count, Durability = durability, Duplicate = duplicate },
    };

    public static Frame Subscribed(string session, ulong first, ulong head) =>
        new() { Subscribed = new Subscribed { SessionId = session, FirstSequence = first, HeadSequence = head } };
}
