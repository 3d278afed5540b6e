using Wire.Storage.Inspection;

namespace Wire.Cli.Log;

/// <summary>A record of the log.</summary>
internal sealed record RecordJson
{
    public required string File { get; init; }
    public required long Offset { get; init; }
    public required string Address { get; init; }
    public required int Bytes { get; init; }
    public required string Kind { get; init; }
    public bool? Atomic { get; init; }
    public uint? KeyId { get; init; }
    public required uint Epoch { get; init; }
    public required ulong LogSequence { get; init; }
    public required string DurableUntil { get; init; }
    public required string Timestamp { get; init; }
    public string? SessionId { get; init; }
    public string? ClientId { get; init; }
    public string? Role { get; init; }
    public long? RunNumber { get; init; }
    public string? Previous { get; init; }
    public string? Skip { get; init; }
    public string? Checkpoint { get; init; }
    public ulong? FirstSequence { get; init; }
    public int? Count { get; init; }

    public static RecordJson Of(StoredRecord record)
    {
        var hasSession = record.RunNumber > 0;
        return new RecordJson
        {
            File = Path.GetFileName(record.Path),
            Offset = record.Offset,
            Address = LogText.Address(record.Address),
            Bytes = record.Bytes,
            Kind = record.Kind.ToString(),
            Atomic = record.IsAtomic ? true : null,
            KeyId = record.KeyId == 0 ? null : record.KeyId,
            Epoch = record.Epoch,
            LogSequence = record.LogSequence,
            DurableUntil = LogText.Address(record.DurableUntil),
            Timestamp = LogText.Time(record.Timestamp),
            SessionId = record.SessionId,
            ClientId = record.ClientId,
            Role = record.ClientId is null ? null : record.Role.ToString(),
            RunNumber = hasSession ? record.RunNumber : null,
            Previous = AddressOrNull(record.Previous),
            Skip = AddressOrNull(record.Skip),
            Checkpoint = AddressOrNull(record.Checkpoint),
            FirstSequence = hasSession ? record.FirstSequence : null,
            Count = hasSession ? record.Count : null,
        };
    }

    private static string? AddressOrNull(long address) => address == 0 ? null : LogText.Address(address);
}
