namespace Wire.Log;

/// <summary>Reads the messages of a run in place. The record must be intact (<see cref="RecordHeader.IsIntact"/>) and decrypted.</summary>
internal ref struct RunReader
{
    readonly ReadOnlySpan<byte> _record;
    readonly int _count;
    readonly ulong _firstSequence;
    int _at;
    int _index;
    ulong _publishId;
    long _packedId;
    int _kind, _channel, _finish, _durability;

    public RunReader(ReadOnlySpan<byte> record)
    {
        var header = new RecordHeader(record);
        _record = record;
        _count = header.Count;
        _firstSequence = header.FirstSequence;
        _at = header.BodyOffset;
        _packedId = header.FirstId - 1;
        _durability = (int)Protocol.Durability.Disk;
    }

    /// <summary>Reads the next message. False at the end, and where the body does not hold what the header says (<see cref="IsBroken"/>).</summary>
    public bool MoveNext(ref RunMessage message)
    {
        if (_index == _count || IsBroken)
            return false;
        if (_at >= _record.Length)
            return Break();

        var tag = _record[_at++];
        ulong publishIdDelta = 1, idDelta = 1, inReplyTo = 0;
        if ((tag & 1) != 0 && !TryReadVarint(out publishIdDelta) || (tag & 2) != 0 && !TryReadVarint(out idDelta))
            return Break();
        if ((tag & 4) != 0)
        {
            if (!TryReadVarint(out var kind) || !TryReadVarint(out var channel) || _at >= _record.Length)
                return Break();
            (_kind, _channel) = ((int)(uint)kind, (int)(uint)channel);
            var packed = _record[_at++];
            (_finish, _durability) = (packed >> 4, packed & 0xF);
        }
        if ((tag & 8) != 0 && !TryReadVarint(out inReplyTo))
            return Break();
        if (!TryReadVarint(out var length) || length > (ulong)(_record.Length - _at))
            return Break();

        _publishId += publishIdDelta;
        _packedId += (long)idDelta;
        message.Sequence = _firstSequence + (ulong)_index++;
        message.PublishId = _publishId;
        message.PackedId = _packedId;
        message.Kind = _kind;
        message.Channel = _channel;
        message.Finish = _finish;
        message.Durability = _durability;
        message.InReplyTo = inReplyTo;
        message.Payload = _record.Slice(_at, (int)length);
        _at += (int)length;
        return true;
    }

    /// <summary>Whether the body turned out not to hold the messages that the header counts.</summary>
    public bool IsBroken { get; private set; }

    bool Break()
    {
        IsBroken = true;
        return false;
    }

    bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && _at < _record.Length; shift += 7)
        {
            var b = _record[_at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return true;
        }
        return false;
    }
}
