using System.Text;
using Wire.Client;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Storage.Inspection;

/// <summary>The messages of a run, as a reader of the session gets them.</summary>
internal static class StoredRun
{
    /// <summary>All of them, with the level that each was asked for.</summary>
    public static List<(ReceivedMessage Message, Durability Level)> Messages(ReadOnlySpan<byte> record, int node)
    {
        var header = new RecordHeader(record);
        var session = Encoding.UTF8.GetString(header.SessionId);
        var sender = Encoding.UTF8.GetString(header.ClientId);
        var messages = new List<(ReceivedMessage, Durability)>(header.Count);
        var run = new RunReader(record);
        var message = default(RunMessage);
        while (run.MoveNext(ref message))
        {
            messages.Add((new ReceivedMessage
            {
                Id = new MessageId(MessageId.FromPacked((ulong)message.PackedId, node)),
                SessionId = session,
                Sequence = message.Sequence,
                TimestampUnixNs = header.Timestamp,
                Sender = sender,
                Role = (Role)header.Role,
                PublishId = message.PublishId,
                Payload = message.Payload.ToArray(),
                Kind = (PayloadKind)message.Kind,
                Channel = (Channel)message.Channel,
                InReplyTo = message.InReplyTo,
                Finish = (Finish)message.Finish,
            }, (Durability)message.Durability));
        }
        return messages;
    }
}
