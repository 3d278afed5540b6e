using Google.Protobuf;
using Wire.Log;
using Wire.Sessions;

namespace Wire.Storage.Inspection;

/// <summary>
/// A session whose records are copied into another log: the messages as they are, sequences, ids, times and <c>publish_id</c>s
/// included; the chain anew, because records lie elsewhere there.
/// </summary>
internal sealed class CopiedSession
{
    SessionChain _chain;
    ulong _first;
    bool _hasRecords;

    /// <summary>The newest sequence that was copied.</summary>
    public ulong Head { get; private set; }

    /// <summary>The oldest sequence that the session has in the new log; above <see cref="Head"/> where it has none.</summary>
    public ulong First => _first;

    /// <summary>Copies a record.</summary>
    /// <param name="record">A run or a checkpoint.</param>
    /// <param name="append">Appends a record to the new log and gives its address.</param>
    public void Copy(ReadOnlySpan<byte> record, Func<byte[], int, long> append)
    {
        var header = new RecordHeader(record);
        // A session that was forgotten and begins anew.
        if (header.Previous == 0 && header.RunNumber == 1)
            (_chain, _first, _hasRecords) = (default, 0, false);
        if (header.Kind == RecordKind.SessionCheckpoint)
        {
            CopyCheckpoint(header, SessionCheckpoint.Parser.ParseFrom(header.Body), append);
            return;
        }
        // What was before it is retired: a checkpoint says so, because a chain begins with its first message or with one.
        if (!_hasRecords && header.FirstSequence > 1)
        {
            CopyCheckpoint(header, new SessionCheckpoint
            {
                HeadSequence = header.FirstSequence - 1,
                LastPackedId = header.FirstId - 1,
                LastTimestampUnixNs = header.Timestamp,
            }, append);
        }
        if (!_hasRecords)
            _first = header.FirstSequence;
        Write(header, RecordKind.Run, header.FirstSequence, header.Count, header.FirstId, header.Timestamp, header.ClientId, header.Body, append);
        Head = header.LastSequence;
    }

    void CopyCheckpoint(in RecordHeader header, SessionCheckpoint checkpoint, Func<byte[], int, long> append)
    {
        if (!_hasRecords)
            _first = checkpoint.HeadSequence + 1;
        checkpoint.FirstSequence = checkpoint.HeadSequence == 0 ? 0 : Math.Max(checkpoint.FirstSequence, _first);
        checkpoint.Ancestors.Clear();
        foreach (var link in _chain.Ancestors)
            checkpoint.Ancestors.Add(new SessionCheckpoint.Types.ChainLink { RunNumber = link.RunNumber, Address = link.Address });
        Write(header, RecordKind.SessionCheckpoint, checkpoint.HeadSequence + 1, 0, checkpoint.LastPackedId, checkpoint.LastTimestampUnixNs, [],
            checkpoint.ToByteArray(), append);
        Head = checkpoint.HeadSequence;
    }

    void Write(in RecordHeader header, RecordKind kind, ulong first, int count, long firstId, long timestamp, ReadOnlySpan<byte> client,
        ReadOnlySpan<byte> body, Func<byte[], int, long> append)
    {
        var session = header.SessionId;
        var length = RecordHeader.Size + session.Length + client.Length + body.Length;
        var record = System.Buffers.ArrayPool<byte>.Shared.Rent(length);
        session.CopyTo(record.AsSpan(RecordHeader.Size));
        client.CopyTo(record.AsSpan(RecordHeader.Size + session.Length));
        body.CopyTo(record.AsSpan(length - body.Length));
        var isRun = kind == RecordKind.Run;
        RecordHeader.Write(record.AsSpan(0, length), kind, isRun ? (byte)(header.Flags & RecordHeader.FlagAtomic) : (byte)0, isRun ? header.Role : (byte)0,
            _chain.Next, first, count, firstId, timestamp, session.Length, client.Length);
        _chain.Append(append(record, length), isCheckpoint: !isRun);
        _hasRecords = true;
        System.Buffers.ArrayPool<byte>.Shared.Return(record);
    }
}
