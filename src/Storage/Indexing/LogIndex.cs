namespace Wire.Storage.Indexing;

/// <summary>
/// What is known of the log up to a place in it, so that nobody has to read it again: the newest record of each session, the
/// sessions in which a handler may have left something unanswered, and the highest id given. Records are taken in the order of
/// their addresses, by one thread at a time.
/// </summary>
internal sealed class LogIndex(UInt128 seed, byte[]? handler)
{
    public SessionIndex Sessions { get; } = new(seed);

    /// <summary>The producer that answers visitors, or null.</summary>
    public byte[]? Handler => handler;

    /// <summary>The address behind the last record that was taken; 0 where there was none.</summary>
    public long End { get; set; }

    /// <summary>The last record: where it begins, its log sequence and its epoch; 0 where there was none.</summary>
    public long LastAddress { get; set; }

    public ulong LastSequence { get; set; }

    public uint LastEpoch { get; set; }

    /// <summary>The highest message id, packed.</summary>
    public long LastMessageId { get; set; }

    /// <summary>
    /// Where a handler is known: the newest run of a visitor in each session that has no answer to all of it, by the session's
    /// hash. Two sessions of one hash would share a place; that of 64 bits, keyed, does not come about.
    /// </summary>
    public Dictionary<ulong, (ulong Sequence, long Address)> Unanswered { get; } = [];

    public void Take(in IndexedRecord record, uint epoch)
    {
        End = record.End;
        LastAddress = record.Address;
        LastSequence = record.LogSequence;
        LastEpoch = epoch;
        if (!record.HasSession)
            return;
        LastMessageId = Math.Max(LastMessageId, record.LastId);
        Sessions.Put(record.Hash, record.Previous, record.Address);
        if (record.Speaker == Speaker.Visitor)
            Unanswered[record.Hash] = (record.Sequence, record.Address);
        else if (record.Speaker == Speaker.Handler && Unanswered.TryGetValue(record.Hash, out var last) && last.Sequence <= record.Sequence)
            Unanswered.Remove(record.Hash);
    }

    /// <summary>Lets go of what lies below the log's beginning.</summary>
    public void RemoveUnansweredBelow(long begin)
    {
        foreach (var (hash, run) in Unanswered)
        {
            if (run.Address < begin)
                Unanswered.Remove(hash);
        }
    }
}
