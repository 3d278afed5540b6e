using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wire.Cli.Sessions;

/// <summary>JSON objects on a line each. Letters of any script stand as they are; control characters are escaped.</summary>
[JsonSerializable(typeof(MessageJson))]
[JsonSerializable(typeof(PublishJson))]
[JsonSerializable(typeof(ReplyJson))]
internal sealed partial class JsonLine : JsonSerializerContext
{
    private static readonly JsonLine Context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Of(MessageJson message) => JsonSerializer.Serialize(message, Context.MessageJson);

    public static string Of(ReplyJson reply) => JsonSerializer.Serialize(reply, Context.ReplyJson);

    public static string Of(PublishJson result) => JsonSerializer.Serialize(result, Context.PublishJson);
}
