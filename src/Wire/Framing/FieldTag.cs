namespace Wire.Framing;

/// <summary>
/// The tags of the frames that are read and written by hand: field number and wire type, as wire.proto gives them. All fit
/// one byte. 0 is a varint, 1 eight bytes, 2 a length and its bytes.
/// </summary>
internal static class FieldTag
{
    /// <summary>The bodies of <c>Frame</c>, all of wire type 2.</summary>
    public static class Frame
    {
        public const byte Publish = (3 << 3) | 2;
        public const byte Ack = (4 << 3) | 2;
        public const byte Subscribed = (6 << 3) | 2;
        public const byte Message = (8 << 3) | 2;
        public const byte Page = (10 << 3) | 2;
        public const byte Ping = (12 << 3) | 2;
        public const byte Pong = (13 << 3) | 2;
        public const byte Error = (14 << 3) | 2;
    }

    public static class Publish
    {
        public const byte SessionId = (1 << 3) | 2;
        public const byte PublishId = 2 << 3;
        public const byte Payload = (3 << 3) | 2;
        public const byte Kind = 4 << 3;
        public const byte Channel = 5 << 3;
        public const byte Durability = 6 << 3;
        public const byte InReplyTo = 7 << 3;
        public const byte ExpectedHead = 8 << 3;
    }

    public static class Ack
    {
        public const byte SessionId = (1 << 3) | 2;
        public const byte PublishId = 2 << 3;
        public const byte Sequence = 3 << 3;
        public const byte Count = 4 << 3;
        public const byte Duplicate = 5 << 3;
        public const byte Durability = 6 << 3;
    }

    public static class Subscribed
    {
        public const byte SessionId = (1 << 3) | 2;
        public const byte FirstSequence = 2 << 3;
        public const byte HeadSequence = 3 << 3;
    }

    public static class Message
    {
        public const byte Id = (1 << 3) | 1;
        public const byte SessionId = (2 << 3) | 2;
        public const byte Sequence = 3 << 3;
        public const byte TimestampUnixNs = (4 << 3) | 1;
        public const byte Channel = 5 << 3;
        public const byte Role = 6 << 3;
        public const byte Sender = (7 << 3) | 2;
        public const byte PublishId = 8 << 3;
        public const byte Payload = (9 << 3) | 2;
        public const byte Kind = 10 << 3;
        public const byte InReplyTo = 11 << 3;
        public const byte Finish = 12 << 3;
    }

    public static class Page
    {
        public const byte RequestId = 1 << 3;
        public const byte SessionId = (2 << 3) | 2;
        public const byte FirstSequence = 3 << 3;
        public const byte HeadSequence = 4 << 3;
        public const byte Messages = (5 << 3) | 2;
    }

    public static class Heartbeat
    {
        public const byte Nonce = (1 << 3) | 1;
    }

    public static class Error
    {
        public const byte Code = 1 << 3;
        public const byte Detail = (2 << 3) | 2;
        public const byte Fatal = 3 << 3;
        public const byte SessionId = (4 << 3) | 2;
        public const byte PublishId = 5 << 3;
        public const byte RequestId = 6 << 3;
        public const byte RetryAfterMs = 7 << 3;
        public const byte HeadSequence = 8 << 3;
    }
}
