using Wire.Protocol;

namespace Wire.Load.Frames;

/// <summary>What an Ack says, read in place.</summary>
internal ref struct AckFields
{
    /// <summary>The session, as UTF-8.</summary>
    public ReadOnlySpan<byte> SessionId;

    /// <summary>The last publish that it answers.</summary>
    public ulong PublishId;

    /// <summary>The sequence at which that one is stored.</summary>
    public ulong Sequence;

    /// <summary>How many publishes it answers.</summary>
    public uint Count;

    /// <summary>Whether they were stored before.</summary>
    public bool Duplicate;

    /// <summary>The level that was asked for.</summary>
    public Durability Durability;

    /// <summary>Reads the body of an Ack.</summary>
    public static AckFields Parse(ReadOnlySpan<byte> body)
    {
        var ack = default(AckFields);
        var reader = new ProtobufReader(body);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case (1 << 3) | 2:
                    ack.SessionId = reader.ReadBytes();
                    break;
                case 2 << 3:
                    ack.PublishId = reader.ReadVarint();
                    break;
                case 3 << 3:
                    ack.Sequence = reader.ReadVarint();
                    break;
                case 4 << 3:
                    ack.Count = (uint)reader.ReadVarint();
                    break;
                case 5 << 3:
                    ack.Duplicate = reader.ReadVarint() != 0;
                    break;
                case 6 << 3:
                    ack.Durability = (Durability)reader.ReadVarint();
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        return ack;
    }
}
