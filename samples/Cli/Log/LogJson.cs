using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Wire.Cli.Log;

/// <summary>The reports of <c>wire log</c> as JSON objects. Addresses are strings of 16 hexadecimal digits, as in the names of files.</summary>
[JsonSerializable(typeof(StatJson))]
[JsonSerializable(typeof(VerifyJson))]
[JsonSerializable(typeof(RecordJson))]
[JsonSerializable(typeof(TraceJson))]
[JsonSerializable(typeof(SalvageJson))]
internal sealed partial class LogJson : JsonSerializerContext
{
    private static readonly LogJson Context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Of(StatJson report) => JsonSerializer.Serialize(report, Context.StatJson);

    public static string Of(VerifyJson report) => JsonSerializer.Serialize(report, Context.VerifyJson);

    public static string Of(RecordJson record) => JsonSerializer.Serialize(record, Context.RecordJson);

    public static string Of(SalvageJson report) => JsonSerializer.Serialize(report, Context.SalvageJson);

    public static string Of(TraceJson trace) => JsonSerializer.Serialize(trace, Context.TraceJson);
}
