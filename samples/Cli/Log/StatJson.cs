using System.Globalization;
using Wire.Protocol;
using Wire.Storage.Inspection;

namespace Wire.Cli.Log;

/// <summary>What is in a log.</summary>
internal sealed record StatJson
{
    public required string Folder { get; init; }
    public required string FolderId { get; init; }
    public required string Created { get; init; }
    public required int PageBytes { get; init; }
    public required int NodeId { get; init; }
    public required bool Live { get; init; }

    /// <summary>Which process has it open.</summary>
    public string? Holder { get; init; }
    public required string Begin { get; init; }
    public required string End { get; init; }
    public required long LogBytes { get; init; }
    public required long FileBytes { get; init; }
    public required string EndsWith { get; init; }

    /// <summary>Faults that were met; <c>wire log verify</c> looks for more.</summary>
    public required long Faults { get; init; }
    public required SlotJson? Slot { get; init; }
    public required uint? StoredEpoch { get; init; }
    public required IReadOnlyList<uint> Epochs { get; init; }
    public required RecordsJson Records { get; init; }
    public required long Messages { get; init; }
    public required double? BytesPerMessage { get; init; }
    public required int Sessions { get; init; }
    public required int Producers { get; init; }
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public string? Oldest { get; init; }
    public string? Newest { get; init; }
    public required IReadOnlyList<FileJson> Files { get; init; }

    public static StatJson Of(LogReport report)
    {
        var statistics = report.Statistics;
        var logBytes = report.EndAddress - report.BeginAddress;
        return new StatJson
        {
            Folder = report.Path,
            FolderId = report.Identity.Id.ToString(),
            Created = LogText.Time(report.Identity.CreatedAt)!,
            PageBytes = report.Identity.PageBytes,
            NodeId = report.Identity.NodeId,
            Live = report.Holder is not null,
            Holder = report.Holder,
            Begin = LogText.Address(report.BeginAddress),
            End = LogText.Address(report.EndAddress),
            LogBytes = logBytes,
            FileBytes = report.Files.Sum(file => file.Length),
            EndsWith = report.End.ToString(),
            Faults = report.FaultCount,
            Slot = report.Slot is { } slot ? new SlotJson(LogText.Address(slot.BeginAddress), LogText.Address(slot.UntilAddress), slot.Epoch, slot.OrderlyClose) : null,
            StoredEpoch = report.StoredEpoch,
            Epochs = statistics.Epochs,
            Records = new RecordsJson(statistics.Runs, statistics.Checkpoints, statistics.Others, statistics.Encrypted, [.. statistics.KeyIds]),
            Messages = statistics.Messages,
            BytesPerMessage = statistics.Messages == 0 ? null : Math.Round((double)logBytes / statistics.Messages, 1),
            Sessions = statistics.Sessions,
            Producers = statistics.Producers,
            FirstId = IdOf(statistics.FirstId, report.Identity.NodeId),
            LastId = IdOf(statistics.LastId, report.Identity.NodeId),
            Oldest = LogText.Time(statistics.Oldest),
            Newest = LogText.Time(statistics.Newest),
            Files = [.. report.Files.Select((file, i) => FileJson.Of(file, report, isLast: i == report.Files.Count - 1))],
        };
    }

    private static string? IdOf(long packed, int node)
        => packed == 0 ? null : new MessageId(MessageId.FromPacked((ulong)packed, node)).Value.ToString(CultureInfo.InvariantCulture);

    internal sealed record SlotJson(string Begin, string Until, uint Epoch, bool OrderlyClose);

    internal sealed record RecordsJson(long Runs, long Checkpoints, long Others, long Encrypted, IReadOnlyList<uint> KeyIds);

    /// <summary>A file, which is what retention takes: it goes as a whole, when its newest message is old enough.</summary>
    internal sealed record FileJson
    {
        public required string Name { get; init; }
        public required string Begin { get; init; }

        /// <summary>Behind its last record.</summary>
        public required string End { get; init; }
        public required bool Sealed { get; init; }

        /// <summary>Bytes of the file, a part of which may be a hole.</summary>
        public required long FileBytes { get; init; }
        public required long LogBytes { get; init; }
        public required long Records { get; init; }
        public required long Messages { get; init; }
        public string? Begun { get; init; }
        public string? Oldest { get; init; }
        public string? Newest { get; init; }
        public uint? FormatVersion { get; init; }
        public int? NodeId { get; init; }

        public static FileJson Of(InspectedFile file, LogReport report, bool isLast)
        {
            var statistics = report.Statistics.Of(file);
            var end = Math.Max(file.StartAddress, statistics.End);
            return new FileJson
            {
                Name = Path.GetFileName(file.Path),
                Begin = LogText.Address(file.StartAddress),
                End = LogText.Address(end),
                Sealed = !isLast,
                FileBytes = file.Length,
                LogBytes = end - file.StartAddress,
                Records = statistics.Records,
                Messages = statistics.Messages,
                Begun = LogText.Time(file.Header?.BegunAt),
                Oldest = LogText.Time(statistics.Oldest),
                Newest = LogText.Time(statistics.Newest),
                FormatVersion = file.FormatVersion,
                NodeId = file.Header?.NodeId,
            };
        }
    }
}
