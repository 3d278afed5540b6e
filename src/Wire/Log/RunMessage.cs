namespace Wire.Log;

/// <summary>One message of a run, in place: the payload is a slice of the record.</summary>
internal ref struct RunMessage
{
    public ulong Sequence;
    public ulong PublishId;

    /// <summary>The id, packed and without the node's number.</summary>
    public long PackedId;
    public int Kind;
    public int Channel;
    public int Finish;

    /// <summary>The level that was asked for, DEFAULT resolved.</summary>
    public int Durability;
    public ulong InReplyTo;
    public ReadOnlySpan<byte> Payload;
}
