using System.Text;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>Messages for the caller, in memory of their own.</summary>
internal static class MessageCopy
{
    public static ReceivedMessage Of(in MessageSlice message, string sessionId) => new()
    {
        Id = new MessageId(message.Id),
        SessionId = sessionId,
        Sequence = message.Sequence,
        TimestampUnixNs = message.TimestampUnixNs,
        Channel = (Channel)message.Channel,
        Role = (Role)message.Role,
        Sender = Encoding.UTF8.GetString(message.Sender),
        PublishId = message.PublishId,
        Payload = message.Payload.ToArray(),
        Kind = (PayloadKind)message.Kind,
        InReplyTo = message.InReplyTo,
        Finish = (Finish)message.Finish,
    };

    public static ReceivedMessage Of(Message message, string sessionId) => new()
    {
        Id = new MessageId(message.Id),
        SessionId = sessionId,
        Sequence = message.Sequence,
        TimestampUnixNs = message.TimestampUnixNs,
        Channel = message.Channel,
        Role = message.Role,
        Sender = message.Sender,
        PublishId = message.PublishId,
        Payload = message.Payload.Memory,
        Kind = message.Kind,
        InReplyTo = message.InReplyTo,
        Finish = message.Finish,
    };
}
