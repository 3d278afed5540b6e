using Wire.Log;
using Wire.Storage.Folder;
using Wire.Storage.Recovery;

namespace Wire.Storage.Inspection;

/// <summary>
/// Reads a log in order and finds where it ends, and what is missing before that, by the rules of recovery: each record is
/// numbered one more than the one before, of no lower epoch, and begins where that one ended or the next page does. Where that
/// breaks off, a later record that calls the place durable, or the commit slot, proves damage, and the reading goes on behind
/// it; else the log ends there. Not thread-safe; to be used once.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="checksContent">Whether to look at what is in the records, too.</param>
/// <param name="from">Where to begin: the address of a file's first page, or of the log.</param>
internal sealed class LogContinuity(InspectedFolder folder, bool checksContent, long from)
{
    const int MostFaults = 1000;
    const int SmallestEntry = PageFraming.LengthBytes + RecordHeader.Size;

    readonly LogScan _scan = new(folder, checksContent);
    readonly long _pageMask = folder.Identity.PageBytes - 1L;
    readonly List<LogFault> _faults = [.. folder.Faults];
    ScannedBreak? _pending;
    uint[] _certainEpochs = [];

    /// <summary>All of the log.</summary>
    public LogContinuity(InspectedFolder folder, bool checksContent) : this(folder, checksContent, folder.BeginAddress)
    {
    }

    /// <summary>Where the log begins; it moves on where files are retired while it is read.</summary>
    public long BeginAddress { get; private set; } = from;

    /// <summary>Where the last record ends.</summary>
    public long EndAddress { get; private set; } = from;

    public ulong LastSequence { get; private set; }

    public uint LastEpoch { get; private set; }

    /// <summary>What is wrong, at most the first thousand.</summary>
    public IReadOnlyList<LogFault> Faults => _faults;

    public long FaultCount { get; private set; } = folder.Faults.Count;

    /// <summary>Records that are missing, as far as the numbers of others tell.</summary>
    public long LostRecords { get; private set; }

    /// <summary>Where records are missing, in the order of the addresses.</summary>
    public List<(long From, long Until)> Holes { get; } = [];

    public LogEnd End { get; private set; }

    /// <summary>Whether files were retired before they were read.</summary>
    public bool IsOvertaken { get; private set; }

    /// <summary>What is at the end of a log that does not end cleanly.</summary>
    public LogFault? EndNote { get; private set; }

    /// <summary>Gives each record of the log in order; what is encrypted stays so.</summary>
    /// <param name="take">Gets a record and the range that holds its bytes; false ends the reading.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Whether the end of the log was reached.</returns>
    public bool Run(Func<ScannedRecord, ScannedRange, bool> take, CancellationToken cancellationToken)
    {
        var step = Step.Next;
        _scan.Run(BeginAddress & ~_pageMask, range => (step = Join(range, take, cancellationToken)) == Step.Next, cancellationToken);
        if (step == Step.Next)
            CheckEnd();
        return step != Step.Stopped;
    }

    /// <summary>Notes what is wrong, unless it is in a file that has been retired, and perhaps used again, meanwhile.</summary>
    public void AddFault(LogFault fault)
    {
        if (folder.IsLive && fault.Address is { } address && folder.Find(address) is { } file && !file.IsStillThere())
            return;
        FaultCount++;
        if (_faults.Count < MostFaults)
            _faults.Add(fault);
    }

    Step Join(ScannedRange range, Func<ScannedRecord, ScannedRange, bool> take, CancellationToken cancellationToken)
    {
        if (range.IsGone)
        {
            LeaveFile(range.File);
            return Step.Next;
        }
        _certainEpochs = EpochsOf(range);
        var nextBreak = 0;
        foreach (var record in range.Records)
        {
            for (; nextBreak < range.Breaks.Count && range.Breaks[nextBreak].Address < record.Address; nextBreak++)
                Note(range.Breaks[nextBreak]);
            var header = new RecordHeader(range.Bytes(record));
            if (!Follows(record.Address, header))
            {
                if (record.Address < BeginAddress || !Counts(record, header))
                    continue;
                var step = BreakOff(record, header, cancellationToken);
                if (step == Step.Skip)
                    continue;
                if (step != Step.Next)
                    return step;
            }
            (EndAddress, LastSequence, LastEpoch) = (record.End, header.LogSequence, header.Epoch);
            _pending = null;
            if (record.Flaw is { } flaw)
                AddFault(folder.FaultAt(record.Address, flaw));
            if (!take(record, range))
                return Step.Stopped;
        }
        for (; nextBreak < range.Breaks.Count; nextBreak++)
            Note(range.Breaks[nextBreak]);
        return Step.Next;
    }

    void Note(in ScannedBreak found)
    {
        if (found.Address < EndAddress)
            return;
        // The first place, and the best reason.
        if (_pending is { IsUnreadable: false } first && found.IsUnreadable)
            _pending = first with { Reason = found.Reason, IsUnreadable = true };
        else
            _pending ??= found;
    }

    bool Follows(long address, in RecordHeader header)
    {
        if (LastSequence == 0)
            return address == BeginAddress && (address > PageFraming.FirstAddress || header.LogSequence == 1)
                || BeginAddress == PageFraming.FirstAddress && address == _pageMask + 1 && header.LogSequence == 1;
        return header.LogSequence == LastSequence + 1 && header.Epoch >= LastEpoch
            && (address == EndAddress || address == NextPage(EndAddress));
    }

    // Whether a record that does not follow can be one of this log: what a client put into a payload is none, and neither is
    // what an earlier process left behind an end.
    bool Counts(in ScannedRecord record, in RecordHeader header)
    {
        if (header.LogSequence <= LastSequence || header.DurableUntil > record.Address)
            return false;
        if (LastSequence != 0 && header.LogSequence - LastSequence > (ulong)((record.Address - EndAddress) / SmallestEntry + 1))
            return false;
        return record.IsCertain
            ? header.Epoch >= LastEpoch && header.Epoch <= (folder.StoredEpoch ?? uint.MaxValue)
            : header.Epoch >= LastEpoch && (header.Epoch == LastEpoch || header.Epoch == folder.StoredEpoch || _certainEpochs.Contains(header.Epoch));
    }

    // At a record that does not follow the last one.
    Step BreakOff(in ScannedRecord record, in RecordHeader header, CancellationToken cancellationToken)
    {
        var place = EndAddress;
        if (IsNewer())
            return Step.Ended;
        var proof = header.DurableUntil > place ? record.Address
            : folder.Slot is { } slot && slot.UntilAddress > place ? 0
            : LaterProof(place, cancellationToken);
        if (proof is null)
        {
            End = LogEnd.Torn;
            EndNote = folder.FaultAt(Suspect(record.Address), _pending?.Reason ?? "no record is there");
            return Step.Ended;
        }
        if (folder.IsLive)
        {
            if (HasMovedOn())
                return Step.Ended;
            if (RetiredUntil(place, record.Address) is { } begin)
            {
                StartAt(begin);
                return record.Address >= begin ? Step.Next : Step.Skip;
            }
        }

        var lost = LastSequence != 0 || BeginAddress == PageFraming.FirstAddress ? (long)(header.LogSequence - LastSequence - 1) : 0;
        var missing = lost == 0 ? "the log goes on" : $"{lost} records are missing (log sequences {LastSequence + 1} to {header.LogSequence - 1}); the log goes on";
        var because = proof == 0 ? $"{CommitSlots.FileName} says that this was on stable storage" : $"the record at address {proof:x16} was written when this was on stable storage";
        AddFault(folder.FaultAt(Suspect(record.Address), $"{_pending?.Reason ?? "no record is there"}; {missing} at address {record.Address:x16}; {because}"));
        LostRecords += lost;
        Holes.Add((place, record.Address));
        return Step.Next;
    }

    // Behind the last range: the log ends with its last record, unless more is known to have been there.
    void CheckEnd()
    {
        if (IsNewer())
            return;
        if (folder.Slot is { } slot && slot.UntilAddress > EndAddress)
        {
            AddFault(folder.FaultAt(Suspect(slot.UntilAddress),
                $"{_pending?.Reason ?? "no record is there"}; {CommitSlots.FileName} says that the log was on stable storage until address {slot.UntilAddress:x16}"));
            Holes.Add((EndAddress, slot.UntilAddress));
        }
        else if (_pending is { } pending)
        {
            End = LogEnd.Torn;
            EndNote = folder.FaultAt(pending.Address, pending.Reason);
        }
    }

    bool IsNewer()
    {
        if (_pending is not { Version: { } version } pending || pending.Address != EndAddress && pending.Address != NextPage(EndAddress))
            return false;
        End = LogEnd.Newer;
        EndNote = folder.FaultAt(pending.Address, $"the record is of format {version}; this version of Wire reads up to {RecordHeader.CurrentVersion}. Use a newer version of Wire.");
        return true;
    }

    // Where the next record should be: behind the last one, or, where the rest of its page is unused, at the next page.
    long Suspect(long nextRecord) =>
        _pending is { } pending ? pending.Address : NextPage(EndAddress) < nextRecord ? NextPage(EndAddress) : EndAddress;

    long NextPage(long address) => (address + _pageMask) & ~_pageMask;

    long? LaterProof(long place, CancellationToken cancellationToken)
    {
        long? found = null;
        new LogScan(folder, checksContent: false).Run(place & ~_pageMask, range =>
        {
            _certainEpochs = EpochsOf(range);
            foreach (var record in range.Records)
            {
                var header = new RecordHeader(range.Bytes(record));
                if (record.Address < place || header.DurableUntil <= place || !Counts(record, header))
                    continue;
                found = record.Address;
                return false;
            }
            return true;
        }, cancellationToken);
        return found;
    }

    // The end was read before what follows it, and the log has been written to meanwhile.
    bool HasMovedOn()
    {
        foreach (var address in (ReadOnlySpan<long>)[EndAddress, NextPage(EndAddress)])
        {
            if (folder.Find(address) is not { } file)
                continue;
            var page = _scan.Page(file, address & ~_pageMask);
            foreach (var record in page.Records)
            {
                if (Follows(record.Address, new RecordHeader(page.Bytes(record))))
                    return true;
            }
        }
        return false;
    }

    // The begin of the log, where a file between two addresses has been retired since it was listed.
    long? RetiredUntil(long from, long until)
    {
        long? begin = null;
        foreach (var file in folder.Files)
        {
            if (file.Limit > from && file.StartAddress <= until && !file.IsStillThere())
                begin = file.Limit;
        }
        return begin;
    }

    void LeaveFile(InspectedFile file)
    {
        if (folder.IsLive)
            StartAt(file.Limit);
        else
            AddFault(new LogFault(file.Path, 0, file.StartAddress, "the file vanished while the log was read"));
    }

    void StartAt(long address)
    {
        IsOvertaken = true;
        (BeginAddress, EndAddress, LastSequence, LastEpoch) = (address, address, 0, 0);
        _pending = null;
    }

    static uint[] EpochsOf(ScannedRange range) => range.Breaks.Count == 0
        ? []
        : [.. range.Records.Where(r => r.IsCertain).Select(r => new RecordHeader(range.Bytes(r)).Epoch).Distinct()];

    enum Step
    {
        Next,

        /// <summary>The record is passed over.</summary>
        Skip,

        /// <summary>The log ends here.</summary>
        Ended,

        /// <summary>Whoever takes the records has enough.</summary>
        Stopped,
    }
}
