using System.Text.Json;
using System.Text.Json.Serialization;
using Wire.Load.Engine;
using Wire.Load.Measurement;

namespace Wire.Load.Processes;

/// <summary>What a client process answers a line with.</summary>
internal sealed record WorkerAnswer
{
    /// <summary>Why the run is over; null where it goes on.</summary>
    public string? Failure { get; init; }

    /// <summary>What it has counted.</summary>
    public LoadCounters Counters { get; init; }

    /// <summary>In the end, what it has sent.</summary>
    public long Sent { get; init; }

    /// <summary>In the end, the latencies that it recorded: bucket and count, bucket and count, …</summary>
    public long[] Latencies { get; init; } = [];

    /// <summary>In the end, what it was answered of sessions that other processes may publish to as well.</summary>
    public IReadOnlyList<SessionAnswers> Shared { get; init; } = [];
}

/// <summary>How plans and answers are written on a line.</summary>
[JsonSerializable(typeof(LoadPlan))]
[JsonSerializable(typeof(WorkerAnswer))]
[JsonSourceGenerationOptions(Converters = [typeof(EndPointConverter), typeof(ProtocolConverter)])]
internal sealed partial class WorkerJson : JsonSerializerContext;

/// <summary>Wire's protocol, by what publishes are answered with; those of others are spoken by one process only.</summary>
internal sealed class ProtocolConverter : JsonConverter<ILoadProtocol>
{
    /// <inheritdoc/>
    public override ILoadProtocol Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Enum.Parse<AnswerKind>(reader.GetString()!) == AnswerKind.Echo ? WireProtocol.Echo : WireProtocol.Ack;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ILoadProtocol value, JsonSerializerOptions options) =>
        writer.WriteStringValue(((WireProtocol)value).Answers.ToString());
}
