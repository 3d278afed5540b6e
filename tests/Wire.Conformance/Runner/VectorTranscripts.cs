using System.Reflection;
using System.Text.Json.Nodes;
using Wire.Protocol;

namespace Wire.Conformance.Runner;

/// <summary>The protocol's vectors (<c>vectors.json</c>), and the dialogues made from those that say what a host answers.</summary>
public static class VectorTranscripts
{
    private const string File = "vectors.json";

    /// <summary>The file, parsed.</summary>
    public static JsonObject Vectors { get; } = Read();

    /// <summary>A dialogue for each vector in <c>refused</c> and <c>unusual</c>.</summary>
    public static IEnumerable<Transcript> All()
    {
        foreach (var vector in Vectors["refused"]!.AsArray())
        {
            yield return Dialogue($"Vector {vector!["name"]} is refused", Refused(vector));
        }

        foreach (var vector in Vectors["unusual"]!.AsArray())
        {
            yield return Dialogue($"Vector {vector!["name"]} is accepted", Unusual(vector));
        }
    }

    private static List<JsonObject> Refused(JsonNode vector)
    {
        var fatal = vector["fatal"]!.GetValue<bool>();
        var error = new JsonObject { ["code"] = $"ERROR_CODE_{vector["error"]}", ["fatal"] = fatal };

        // The one refused vector that is a publish with an id of its own: its Error has that id and cannot have the session's.
        if (vector["error"]!.GetValue<string>() == "INVALID_ARGUMENT")
        {
            error["publish_id"] = 1;
            error["session_id"] = "$absent";
        }

        List<JsonObject> steps =
        [
            Step("{'on':'a','hex':''}", "hex", vector["hex"]!.DeepClone()),
            Step("{'on':'a','expect':{}}", "expect", new JsonObject { ["error"] = error }),
        ];
        steps.AddRange(fatal
            ? [Step("{'on':'a','expectClosed':true}")]
            : [
                Step("{'on':'a','send':{'ping':{'nonce':77}}}"),
                Step("{'on':'a','expect':{'pong':{'nonce':77}}}"),
            ]);
        return steps;
    }

    private static List<JsonObject> Unusual(JsonNode vector)
    {
        var frame = FrameJson.Parse(vector["frame"]!);
        var sent = Step("{'on':'a','hex':''}", "hex", vector["hex"]!.DeepClone());
        return frame.BodyCase switch
        {
            Frame.BodyOneofCase.Ping => [sent, Step("{'on':'a','expect':{'pong':{'nonce':'" + frame.Ping.Nonce + "'}}}")],
            Frame.BodyOneofCase.Publish =>
            [
                sent,
                Step("{'on':'a','expect':{'ack':{'session_id':'" + frame.Publish.SessionId + "','publish_id':'"
                    + frame.Publish.PublishId + "','count':1,'duplicate':false,'sequence':'$sequence'}}}"),
                Step("{'on':'a','send':{'fetch':{'request_id':1,'session_id':'" + frame.Publish.SessionId
                    + "','from_sequence':'$sequence','limit':1}}}"),
                Step("{'on':'a','expect':{'page':{'request_id':1,'messages':[{'sender':'${run}','publish_id':'"
                    + frame.Publish.PublishId + "','payload':'" + frame.Publish.Payload.ToBase64() + "'}]}}}"),
            ],
            _ => throw new TranscriptFormatException($"No dialogue is known for {vector["name"]}."),
        };
    }

    private static Transcript Dialogue(string name, IEnumerable<JsonObject> steps) => Transcript.Create(File, new JsonObject
    {
        ["name"] = name,
        ["steps"] = new JsonArray([Step("{'connect':'a','as':'${run}'}"), .. steps]),
    });

    private static JsonObject Step(string json) => JsonNode.Parse(json.Replace('\'', '"'))!.AsObject();

    private static JsonObject Step(string json, string member, JsonNode value)
    {
        var step = Step(json);
        step[member] = value;
        return step;
    }

    private static JsonObject Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(File)!;
        return JsonNode.Parse(stream)!.AsObject();
    }
}
