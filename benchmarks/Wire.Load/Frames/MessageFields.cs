namespace Wire.Load.Frames;

/// <summary>What of a Message is checked, read in place.</summary>
internal ref struct MessageFields
{
    /// <summary>The session, as UTF-8.</summary>
    public ReadOnlySpan<byte> SessionId;

    /// <summary>Its place in the session.</summary>
    public ulong Sequence;

    /// <summary>The publisher's number for it.</summary>
    public ulong PublishId;

    /// <summary>The length of its payload.</summary>
    public int PayloadBytes;

    /// <summary>The sequence that it answers; 0 for none.</summary>
    public ulong InReplyTo;

    /// <summary>Reads the body of a Message.</summary>
    public static MessageFields Parse(ReadOnlySpan<byte> body)
    {
        var message = default(MessageFields);
        var reader = new ProtobufReader(body);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case (2 << 3) | 2:
                    message.SessionId = reader.ReadBytes();
                    break;
                case 3 << 3:
                    message.Sequence = reader.ReadVarint();
                    break;
                case 8 << 3:
                    message.PublishId = reader.ReadVarint();
                    break;
                case (9 << 3) | 2:
                    message.PayloadBytes = reader.ReadBytes().Length;
                    break;
                case 11 << 3:
                    message.InReplyTo = reader.ReadVarint();
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        return message;
    }
}
