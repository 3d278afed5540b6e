using Wire.Storage.Inspection;

namespace Wire.Cli.Log;

/// <summary>Whether a log is sound.</summary>
internal sealed record VerifyJson
{
    public required string Folder { get; init; }
    public required bool Sound { get; init; }
    public required bool Live { get; init; }
    public string? Holder { get; init; }
    public required string Begin { get; init; }
    public required string End { get; init; }
    public required string EndsWith { get; init; }
    public FaultJson? EndNote { get; init; }
    public required int Files { get; init; }
    public required long Records { get; init; }
    public required long Messages { get; init; }
    public required int Sessions { get; init; }

    /// <summary>Records of which only the checksum was checked, because they are encrypted and there is no key.</summary>
    public required long NotChecked { get; init; }
    public required long FaultCount { get; init; }

    /// <summary>At most the first thousand.</summary>
    public required IReadOnlyList<FaultJson> Faults { get; init; }
    public required long LostRecords { get; init; }
    public required long LostOfUnknownSessions { get; init; }

    /// <summary>At most the first thousand.</summary>
    public required IReadOnlyList<LostJson> Lost { get; init; }

    public static VerifyJson Of(LogReport report) => new()
    {
        Folder = report.Path,
        Sound = report.IsSound,
        Live = report.Holder is not null,
        Holder = report.Holder,
        Begin = LogText.Address(report.BeginAddress),
        End = LogText.Address(report.EndAddress),
        EndsWith = report.End.ToString(),
        EndNote = report.EndNote is { } note ? FaultJson.Of(note) : null,
        Files = report.Files.Count,
        Records = report.Statistics.Records,
        Messages = report.Statistics.Messages,
        Sessions = report.Statistics.Sessions,
        NotChecked = report.Statistics.NotRead,
        FaultCount = report.FaultCount,
        Faults = [.. report.Faults.Select(FaultJson.Of)],
        LostRecords = report.LostRecords,
        LostOfUnknownSessions = report.LostOfUnknownSessions,
        Lost = [.. report.Lost.Select(LostJson.Of)],
    };

    internal sealed record FaultJson(string Path, long Offset, string? Address, string Reason)
    {
        public static FaultJson Of(LogFault fault)
            => new(fault.Path, fault.Offset, fault.Address is { } address ? LogText.Address(address) : null, fault.Reason);
    }

    /// <summary>What a session has lost; no <c>firstSequence</c> where all before the hole is missing.</summary>
    internal sealed record LostJson(string SessionId, ulong? FirstSequence, ulong LastSequence, long Records, string Before)
    {
        public static LostJson Of(LostMessages lost) => new(
            lost.SessionId, lost.FirstSequence == 0 ? null : lost.FirstSequence, lost.LastSequence, lost.Records, LogText.Address(lost.Address));
    }
}
