using Google.Protobuf;
using Wire.Log;
using Wire.Sessions;

namespace Wire.Storage.Inspection;

/// <summary>Checks that what a record holds is as its header says. The record is intact and not encrypted.</summary>
internal static class RecordContent
{
    /// <summary>What is wrong with it, as a sentence; null: nothing.</summary>
    public static string? FlawOf(ReadOnlySpan<byte> record, long address, out long lastId)
    {
        var header = new RecordHeader(record);
        lastId = header.LastId;
        if (header.DurableUntil > address)
            return $"the record says that address {header.DurableUntil:x16} was on stable storage, which is behind it";
        return header.Kind switch
        {
            RecordKind.Run => FlawOfRun(header, record, out lastId),
            RecordKind.SessionCheckpoint => FlawOfCheckpoint(header),
            RecordKind.Filler or RecordKind.RollMark => header.SessionId.Length == 0 ? null : "a record without messages names a session",
            var kind => $"the record is of the unknown kind {(byte)kind}",
        };
    }

    static string? FlawOfRun(in RecordHeader header, ReadOnlySpan<byte> record, out long lastId)
    {
        lastId = header.LastId;
        if (header.SessionId.Length == 0 || header.Count <= 0 || header.FirstSequence == 0 || header.RunNumber <= 0)
            return "a run names no session, counts no message, or has no number";
        var isAtomic = (header.Flags & RecordHeader.FlagAtomic) != 0;
        var run = new RunReader(record);
        var message = default(RunMessage);
        ulong publishId = 0;
        var id = header.FirstId - 1;
        var count = 0;
        while (run.MoveNext(ref message))
        {
            if (count > 0 && (message.PublishId < publishId || message.PublishId == publishId && !isAtomic))
                return $"the publish_id {message.PublishId} of sequence {message.Sequence} is not above the one before it";
            if (message.PackedId <= id)
                return $"the id of sequence {message.Sequence} is not above the one before it";
            (publishId, id) = (message.PublishId, message.PackedId);
            count++;
        }
        lastId = id;
        return run.IsBroken ? $"the run holds {count} messages; its header counts {header.Count}" : null;
    }

    static string? FlawOfCheckpoint(in RecordHeader header)
    {
        SessionCheckpoint checkpoint;
        try
        {
            checkpoint = SessionCheckpoint.Parser.ParseFrom(header.Body);
        }
        catch (InvalidProtocolBufferException e)
        {
            return $"the checkpoint cannot be parsed: {e.Message}";
        }
        if (header.SessionId.Length == 0 || header.Count != 0)
            return "a checkpoint names no session, or counts messages";
        if (checkpoint.HeadSequence != header.LastSequence || checkpoint.LastPackedId != header.FirstId)
            return $"the checkpoint's head is {checkpoint.HeadSequence}; its header says {header.LastSequence}";
        if (checkpoint.Ancestors.Count > 0 && checkpoint.Ancestors[^1] is var newest
            && (newest.RunNumber != header.RunNumber - 1 || newest.Address != header.Previous))
            return $"the checkpoint names record {newest.RunNumber} at address {newest.Address:x16} before it; its header names {header.RunNumber - 1} at {header.Previous:x16}";
        return null;
    }
}
