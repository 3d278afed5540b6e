using System.Runtime.InteropServices;
using System.Text;
using Wire.Log;
using Wire.Storage.Recovery;

namespace Wire.Storage.Inspection;

/// <summary>
/// Follows the chains of all sessions: each record names the one before it, has the next number, the next sequence, a higher id
/// and no earlier time. It keeps some 70 bytes a session. What is missing because of a hole in the log is counted as lost with
/// it; what does not fit without one is a fault of its own. Not thread-safe.
/// </summary>
internal sealed class ChainCheck(InspectedFolder folder, LogContinuity log)
{
    const int MostLost = 1000;

    readonly Dictionary<ulong, State> _sessions = [];
    readonly Dictionary<ulong, ChainBreak> _broken = [];
    readonly List<LostMessages> _lost = [];

    /// <summary>Sessions that have a record.</summary>
    public int Sessions => _sessions.Count;

    /// <summary>Sessions whose chain is not whole, by the hash of their ids.</summary>
    public IReadOnlyDictionary<ulong, ChainBreak> Broken => _broken;

    /// <summary>What sessions have lost, at most the first thousand.</summary>
    public IReadOnlyList<LostMessages> Lost => _lost;

    /// <summary>Records that sessions have lost.</summary>
    public long LostRecords { get; private set; }

    public void Take(in ScannedRecord record, ScannedRange range)
    {
        if (record.SessionHash == 0)
            return;
        var header = new RecordHeader(range.Bytes(record));
        ref var state = ref CollectionsMarshal.GetValueRefOrAddDefault(_sessions, record.SessionHash, out var isKnown);
        var isCheckpoint = header.Kind == RecordKind.SessionCheckpoint;
        var isWhole = record.Flaw is null;
        var faults = log.FaultCount;
        if (!isKnown || header.Previous != state.Address)
            isWhole &= Begins(isKnown, state, header, record.Address);
        else if (FaultOf(state, header, isCheckpoint) is { } reason)
            (isWhole, _) = (false, Report(record.Address, header, reason));

        if (!isWhole)
            Break(record, header);
        // One behind a hole holds all that the session was; one that does not fit proves nothing.
        if (isCheckpoint && record.Flaw is null && log.FaultCount == faults && _broken.TryGetValue(record.SessionHash, out var broken) && broken.Checkpoint == 0)
            broken.Checkpoint = record.Address;
        state = new State(record.Address, header.RunNumber, header.LastSequence, record.LastId, header.Timestamp, isCheckpoint ? record.Address : header.Checkpoint);
    }

    // A record that does not name the one that was read before it. True where nothing is missing all the same.
    bool Begins(bool isKnown, in State state, in RecordHeader header, long address)
    {
        var isFirst = header.Previous == 0;
        // A session of which all was retired begins anew; what is left of the old one then is its last checkpoint.
        if (isFirst && (!isKnown || state.Checkpoint == state.Address))
        {
            var isCheckpoint = header.Kind == RecordKind.SessionCheckpoint;
            return header.RunNumber == 1 && header.Skip == 0 && (isCheckpoint || header.FirstSequence == 1)
                || Report(address, header, $"the first record of the session has number {header.RunNumber} and sequence {header.FirstSequence}");
        }
        // What is before it is retired, perhaps since the reading began.
        if (header.Previous < log.BeginAddress && (!isKnown || state.Address < log.BeginAddress))
            return true;
        if (isFirst || !IsInHole(header.Previous))
            return Report(address, header, isKnown
                ? $"the record names address {header.Previous:x16} before it; the session's last one is at {state.Address:x16}"
                : $"the record names address {header.Previous:x16} before it, where no record of the session is");

        // Where nothing is retired, all that is before the first one is lost.
        var isBegin = log.BeginAddress == PageFraming.FirstAddress;
        var records = isKnown ? header.RunNumber - state.RunNumber - 1 : isBegin ? header.RunNumber - 1 : 1;
        var first = isKnown ? state.LastSequence + 1 : isBegin ? 1u : 0;
        LostRecords += records;
        if (_lost.Count < MostLost)
            _lost.Add(new LostMessages(SessionOf(header), first, header.FirstSequence - 1, records, address));
        return false;
    }

    static string? FaultOf(in State state, in RecordHeader header, bool isCheckpoint)
    {
        if (header.RunNumber != state.RunNumber + 1)
            return $"the record has number {header.RunNumber}; the one before it in its session has {state.RunNumber}";
        if (header.FirstSequence != state.LastSequence + 1)
            return $"the record begins with sequence {header.FirstSequence}; the session's head was {state.LastSequence}";
        if (isCheckpoint ? header.FirstId != state.LastId : header.FirstId <= state.LastId)
            return "the record's id does not rise over that of the one before it";
        if (header.Timestamp < state.Timestamp)
            return "the record's timestamp is lower than that of the one before it";
        if (header.Checkpoint != state.Checkpoint)
            return $"the record names the checkpoint at address {header.Checkpoint:x16}; the session's newest one is at {state.Checkpoint:x16}";
        return null;
    }

    void Break(in ScannedRecord record, in RecordHeader header)
    {
        if (_broken.TryGetValue(record.SessionHash, out var broken))
            broken.Checkpoint = 0;
        else
            _broken[record.SessionHash] = new ChainBreak { SessionId = SessionOf(header), FirstAddress = record.Address };
    }

    bool Report(long address, in RecordHeader header, string reason)
    {
        log.AddFault(folder.FaultAt(address, $"session {SessionOf(header)}: {reason}"));
        return false;
    }

    bool IsInHole(long address)
    {
        foreach (var (from, until) in log.Holes)
        {
            if (address >= from && address < until)
                return true;
        }
        return false;
    }

    static string SessionOf(in RecordHeader header) => Encoding.UTF8.GetString(header.SessionId);

    readonly record struct State(long Address, long RunNumber, ulong LastSequence, long LastId, long Timestamp, long Checkpoint);
}
