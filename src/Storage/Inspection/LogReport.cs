using Wire.Storage.Folder;

namespace Wire.Storage.Inspection;

/// <summary>What an inspection found.</summary>
internal sealed class LogReport(InspectedFolder folder, LogContinuity log, LogStatistics statistics, ChainCheck? chains)
{
    public string Path => folder.Path;
    public FolderIdentity Identity => folder.Identity;
    public IReadOnlyList<InspectedFile> Files => folder.Files;

    /// <summary>Who has the folder open; null: nobody.</summary>
    public string? Holder => folder.Holder;
    public CommitSlot? Slot => folder.Slot;
    public uint? StoredEpoch => folder.StoredEpoch;
    public long BeginAddress => log.BeginAddress;
    public long EndAddress => log.EndAddress;
    public LogStatistics Statistics => statistics;

    public LogEnd End => log.End;

    /// <summary>Whether files were retired before they were read.</summary>
    public bool IsOvertaken => log.IsOvertaken;
    public LogFault? EndNote => log.EndNote;

    /// <summary>At most the first thousand of them.</summary>
    public IReadOnlyList<LogFault> Faults => log.Faults;
    public long FaultCount => log.FaultCount;
    public long LostRecords => log.LostRecords;

    /// <summary>What sessions have lost, at most the first thousand; none where the chains were not looked at.</summary>
    public IReadOnlyList<LostMessages> Lost => chains?.Lost ?? [];

    /// <summary>Lost records of which no later record says whose they were.</summary>
    public long LostOfUnknownSessions => Math.Max(0, LostRecords - (chains?.LostRecords ?? 0));

    public bool IsSound => FaultCount == 0 && End != LogEnd.Newer;
}
