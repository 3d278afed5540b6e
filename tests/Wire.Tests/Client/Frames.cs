using System.Text;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Tests.Client;

/// <summary>What a server says.</summary>
internal static class Frames
{
    public static Frame Welcome(uint maxFrameBytes = 1 << 20, uint pingIntervalMs = 15_000) => new()
    {
        Welcome = new Welcome
        {
            Version = 1,
            ConnectionId = 1,
            NodeId = "1",
            Role = Role.Visitor,
            MaxFrameBytes = maxFrameBytes,
            PingIntervalMs = pingIntervalMs,
        },
    };

    public static Frame Ack(
        Publish publish, ulong sequence, uint count = 1, bool duplicate = false, Durability durability = Durability.Disk) => new()
        {
            Ack = new Ack
            {
                SessionId = publish.SessionId,
                PublishId = publish.PublishId,
                Sequence = sequence,
                Count = count,
                Duplicate = duplicate,
                Durability = durability,
            },
        };

    public static Frame Refusal(Publish publish, ErrorCode code, ulong head = 0) => new()
    {
        Error = new Error { Code = code, SessionId = publish.SessionId, PublishId = publish.PublishId, HeadSequence = head },
    };

    public static Frame Fatal(ErrorCode code, uint retryAfterMs = 0)
        => new() { Error = new Error { Code = code, Fatal = true, RetryAfterMs = retryAfterMs } };

    public static Frame GoAway(uint reconnectAfterMs = 0, string endpoint = "")
        => new() { GoAway = new GoAway { Reason = "restart", ReconnectAfterMs = reconnectAfterMs, Endpoint = endpoint } };

    public static Frame Subscribed(string session, ulong first, ulong head)
        => new() { Subscribed = new Subscribed { SessionId = session, FirstSequence = first, HeadSequence = head } };

    public static Frame Message(string session, ulong sequence, string? text = null)
        => new() { Message = Stored(session, sequence, text) };

    public static Message Stored(string session, ulong sequence, string? text = null) => new()
    {
        Id = sequence << 12,
        SessionId = session,
        Sequence = sequence,
        TimestampUnixNs = 1_780_000_000_000_000_000 + (long)sequence,
        Sender = "agent-1",
        Role = Role.Agent,
        PublishId = sequence,
        Payload = ByteString.CopyFrom(text ?? $"message {sequence}", Encoding.UTF8),
    };

    public static Frame Page(Fetch fetch, ulong first, ulong head, params Message[] messages)
    {
        var page = new Page
        {
            RequestId = fetch.RequestId,
            SessionId = fetch.SessionId,
            FirstSequence = first,
            HeadSequence = head,
        };
        page.Messages.AddRange(messages);
        return new Frame { Page = page };
    }
}
