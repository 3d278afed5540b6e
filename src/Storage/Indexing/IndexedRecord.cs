using Wire.Log;

namespace Wire.Storage.Indexing;

/// <summary>What the index needs of one record.</summary>
/// <param name="Address">Where it begins.</param>
/// <param name="End">The address behind it.</param>
/// <param name="LogSequence">Its number in the log.</param>
/// <param name="HasSession">Whether it is a session's; what follows means something only then.</param>
/// <param name="Hash">Of the session's id.</param>
/// <param name="Previous">The address of the session's record before it, 0 for none.</param>
/// <param name="LastId">The id of its last message.</param>
/// <param name="Speaker">Whose run it is, where a handler is known.</param>
/// <param name="Sequence">Of a visitor's run the newest sequence, of the handler's the newest that it answers.</param>
internal readonly record struct IndexedRecord(long Address, long End, ulong LogSequence, bool HasSession, ulong Hash, long Previous,
    long LastId, Speaker Speaker, ulong Sequence)
{
    /// <summary>Takes it out of a whole, decrypted record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="address">Where it begins.</param>
    /// <param name="end">The address behind it.</param>
    /// <param name="sessions">Hashes the id.</param>
    /// <param name="handler">The producer that answers visitors, or null.</param>
    public static IndexedRecord From(ReadOnlySpan<byte> record, long address, long end, SessionIndex sessions, byte[]? handler)
    {
        var header = new RecordHeader(record);
        var sessionId = header.SessionId;
        if (sessionId.IsEmpty)
            return new IndexedRecord(address, end, header.LogSequence, false, 0, 0, 0, Speaker.Other, 0);

        var speaker = Speaker.Other;
        var sequence = 0UL;
        if (handler is not null && header.Kind == RecordKind.Run)
        {
            if (header.Role == (byte)Protocol.Role.Visitor)
                (speaker, sequence) = (Speaker.Visitor, header.LastSequence);
            else if (header.ClientId.SequenceEqual(handler))
                (speaker, sequence) = (Speaker.Handler, LastPublishId(record));
        }
        return new IndexedRecord(address, end, header.LogSequence, true, sessions.HashOf(sessionId), header.Previous, header.LastId, speaker, sequence);
    }

    static ulong LastPublishId(ReadOnlySpan<byte> record)
    {
        var run = new RunReader(record);
        var message = default(RunMessage);
        while (run.MoveNext(ref message))
        {
        }
        return message.PublishId;
    }
}
