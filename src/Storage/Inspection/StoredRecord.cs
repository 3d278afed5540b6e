using System.Text;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Storage.Inspection;

/// <summary>A record, as its header says it.</summary>
internal sealed record StoredRecord
{
    public required string Path { get; init; }
    public required long Offset { get; init; }
    public required long Address { get; init; }

    /// <summary>The address behind it.</summary>
    public required long End { get; init; }
    public required int Bytes { get; init; }
    public required RecordKind Kind { get; init; }
    public required bool IsAtomic { get; init; }

    /// <summary>The key that it is encrypted with; 0: it is not.</summary>
    public required uint KeyId { get; init; }
    public required uint Epoch { get; init; }
    public required ulong LogSequence { get; init; }
    public required long DurableUntil { get; init; }
    public required long RunNumber { get; init; }
    public required long Previous { get; init; }
    public required long Skip { get; init; }
    public required long Checkpoint { get; init; }
    public required ulong FirstSequence { get; init; }
    public required int Count { get; init; }

    /// <summary>When it was appended.</summary>
    public required DateTimeOffset Timestamp { get; init; }
    public required Role Role { get; init; }

    /// <summary>Null where it has none, or where it cannot be read.</summary>
    public required string? SessionId { get; init; }

    /// <summary>Null where it has none, or where it cannot be read.</summary>
    public required string? ClientId { get; init; }

    public static StoredRecord Of(in ScannedRecord record, ScannedRange range)
    {
        var header = new RecordHeader(range.Bytes(record));
        return new StoredRecord
        {
            Path = range.File.Path,
            Offset = range.File.OffsetOf(record.Address),
            Address = record.Address,
            End = record.End,
            Bytes = record.StoredLength,
            Kind = header.Kind,
            IsAtomic = (header.Flags & RecordHeader.FlagAtomic) != 0,
            KeyId = record.KeyId,
            Epoch = header.Epoch,
            LogSequence = header.LogSequence,
            DurableUntil = header.DurableUntil,
            RunNumber = header.RunNumber,
            Previous = header.Previous,
            Skip = header.Skip,
            Checkpoint = header.Checkpoint,
            FirstSequence = header.FirstSequence,
            Count = header.Count,
            Timestamp = TimeOf(header.Timestamp),
            Role = (Role)header.Role,
            SessionId = !record.IsOpen || header.SessionId.Length == 0 ? null : Encoding.UTF8.GetString(header.SessionId),
            ClientId = !record.IsOpen || header.ClientId.Length == 0 ? null : Encoding.UTF8.GetString(header.ClientId),
        };
    }

    public static DateTimeOffset TimeOf(long nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
}
