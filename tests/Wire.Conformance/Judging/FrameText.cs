using System.Text.Json.Nodes;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Conformance.Judging;

/// <summary>Frames as the JSON of the protocol's vectors: proto field names, and every scalar said even at its default.</summary>
internal static class FrameText
{
    private const int LongestValue = 120;

    private static readonly JsonFormatter Full =
        new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithFormatDefaultValues(true));

    private static readonly JsonFormatter Short =
        new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>The frame with every field, for comparing.</summary>
    internal static JsonObject Json(Frame frame) => JsonNode.Parse(Full.Format(frame))!.AsObject();

    /// <summary>The frame on one line for a human, long values cut.</summary>
    internal static string Line(Frame frame)
    {
        var json = JsonNode.Parse(Short.Format(frame))!;
        Cut(json);
        return json.ToJsonString(ConformanceJson.Readable);
    }

    /// <summary>Bytes on one line for a human.</summary>
    internal static string Line(ReadOnlySpan<byte> bytes) => bytes.Length <= LongestValue / 2
        ? $"hex {Convert.ToHexStringLower(bytes)}"
        : $"hex {Convert.ToHexStringLower(bytes[..(LongestValue / 2)])}… ({bytes.Length} bytes)";

    private static void Cut(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members.ToList())
                {
                    if (value is JsonValue && value.GetValueKind() == System.Text.Json.JsonValueKind.String
                        && value.GetValue<string>() is { Length: > LongestValue } text)
                    {
                        members[name] = $"{text[..LongestValue]}… ({text.Length} characters)";
                    }
                    else
                    {
                        Cut(value);
                    }
                }

                break;
            case JsonArray { Count: > 6 } items:
                var count = items.Count;
                while (items.Count > 6)
                {
                    items.RemoveAt(3);
                }

                items.Insert(3, $"… {count} in all …");
                goto case null;
            case null:
            case JsonArray:
                foreach (var item in (node as JsonArray) ?? [])
                {
                    Cut(item);
                }

                break;
        }
    }
}
