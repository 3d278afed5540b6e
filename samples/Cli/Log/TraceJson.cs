using System.Text.Json.Nodes;
using Wire.Cli.Sessions;
using Wire.Storage.Inspection;

namespace Wire.Cli.Log;

/// <summary>The life of a message, as far as the log tells it.</summary>
internal sealed record TraceJson
{
    public required JsonNode Message { get; init; }

    /// <summary>The level that was asked for.</summary>
    public required string Durability { get; init; }
    public required RecordJson Record { get; init; }

    /// <summary>Its place among the messages of that record, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The time by which it was on stable storage, at the latest: the first record written after that says so.</summary>
    public string? DurableBy { get; init; }

    /// <summary>Whether it is known to be on stable storage.</summary>
    public required bool Durable { get; init; }
    public JsonNode? Answer { get; init; }
    public RecordJson? AnswerRecord { get; init; }

    public static TraceJson Of(LogTrace trace) => new()
    {
        Message = JsonNode.Parse(MessageJson.Of(trace.Message))!,
        Durability = trace.Level.ToString(),
        Record = RecordJson.Of(trace.Record),
        Index = trace.Index,
        DurableBy = trace.DurableBy is { } record ? LogText.Time(record.Timestamp) : null,
        Durable = trace.DurableBy is not null || trace.IsBelowSlot,
        Answer = trace.Answer is { } answer ? JsonNode.Parse(MessageJson.Of(answer)) : null,
        AnswerRecord = trace.AnswerRecord is { } stored ? RecordJson.Of(stored) : null,
    };
}
