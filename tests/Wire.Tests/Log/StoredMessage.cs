namespace Wire.Tests.Log;

/// <summary>One message as it lies in a <see cref="VolatileLog"/>, and the address that must be on stable storage for it.</summary>
internal sealed record StoredMessage(ulong Sequence, string Sender, ulong PublishId, long PackedId, long Timestamp, int Role,
    int Kind, int Channel, int Durability, ulong InReplyTo, byte[] Payload, long End);
