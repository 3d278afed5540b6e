using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wire.Conformance.Judging;
using Wire.Protocol;

namespace Wire.Conformance.Runner;

/// <summary>
/// What a transcript says of a frame that must come: the body, and of its fields those that are named. A value is equal, or
/// <c>"$name"</c> (takes the value the first time and must be equal from then on), <c>"$any"</c>, <c>"$absent"</c> (unset or
/// at its default), <c>"$present"</c>, or <c>{"$gt": …}</c>, <c>{"$ge": …}</c>, <c>{"$lt": …}</c>, <c>{"$le": …}</c>,
/// <c>{"$not": …}</c>; a list is equal item by item, or <c>{"$count": …, "$first": …, "$last": …}</c>.
/// </summary>
internal sealed class FramePattern
{
    private readonly JsonObject _fields;
    private readonly string? _stream;

    internal FramePattern(JsonObject pattern, Variables variables)
    {
        if (pattern.Count != 1 || pattern.First().Value is not JsonObject fields)
        {
            throw new TranscriptFormatException($"A frame has one body: {pattern.ToJsonString()}");
        }

        Body = pattern.First().Key;
        _fields = fields;
        _stream = AnswerStream.Of(Body, name => KnownField(name, variables));
    }

    /// <summary>The name of the body's field in the oneof.</summary>
    internal string Body { get; }

    /// <summary>
    /// Whether a frame that came belongs to the answers among which this pattern's frame is the next: the protocol orders
    /// answers to the publishes of one session, what follows a subscription, and little else. Where the pattern does not
    /// say which (no session named, say), all frames of its body belong.
    /// </summary>
    internal bool Belongs(Frame frame) =>
        _stream is null ? AnswerStream.BodyOf(frame) == Body : AnswerStream.Of(frame) == _stream;

    /// <summary>Whether the frame is the one described, without taking any variable.</summary>
    internal bool Matches(Frame frame, Variables variables) => Mismatch(frame, variables, capture: false) is null;

    /// <summary>Compares, and takes the variables. Null where the frame is as described, else what differs.</summary>
    internal string? Match(Frame frame, Variables variables) =>
        Mismatch(frame, variables, capture: false) ?? Mismatch(frame, variables, capture: true);

    private string? Mismatch(Frame frame, Variables variables, bool capture)
    {
        var body = AnswerStream.BodyOf(frame);
        return body != Body
            ? $"the frame is {(body.Length == 0 ? "of no known body" : body)} and not {Body}"
            : Compare(Body, _fields, FrameText.Json(frame)[Body], new Scope(variables, capture));
    }

    private string? KnownField(string name, Variables variables) => _fields[name] switch
    {
        null => Body == "error" ? "" : null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Known(value.GetValue<string>(), variables),
        JsonValue value => Plain(value),
        JsonObject function when variables.TryFunction(function, out var made) => made,
        _ => null,
    };

    private static string? Known(string text, Variables variables) =>
        text is "$any" or "$present" || variables.IsUnbound(text, out _) ? null
        : text == "$absent" ? ""
        : variables.Text(text);

    private static string? Compare(string path, JsonNode? pattern, JsonNode? actual, Scope scope)
    {
        switch (pattern)
        {
            case JsonArray items:
                return CompareItems(path, items, actual, scope);
            case JsonObject members when scope.Variables.TryFunction(members, out var made):
                return Plain(actual) == made ? null : $"{path} is {Brief(actual)} and not {Brief(members)}";
            case JsonObject members:
                return members.Select(member => member.Key.StartsWith('$')
                        ? Test(path, member.Key, member.Value, actual, scope)
                        : Compare($"{path}.{member.Key}", member.Value, (actual as JsonObject)?[member.Key], scope))
                    .FirstOrDefault(difference => difference is not null);
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                return CompareText(path, value.GetValue<string>(), actual, scope);
            default:
                return Plain(pattern) == Plain(actual) ? null : $"{path} is {Brief(actual)} and not {Brief(pattern)}";
        }
    }

    private static string? CompareText(string path, string pattern, JsonNode? actual, Scope scope)
    {
        switch (pattern)
        {
            case "$any":
                return null;
            case "$absent":
                return IsDefault(actual) ? null : $"{path} is {Brief(actual)} and should be absent";
            case "$present":
                return IsDefault(actual) ? $"{path} is absent" : null;
        }

        if (scope.Variables.IsUnbound(pattern, out var name))
        {
            scope.Take(name, Plain(actual));
            return null;
        }

        var expected = scope.Variables.Text(pattern);
        return Plain(actual) == expected ? null : $"{path} is {Brief(actual)} and not {expected} ({pattern})";
    }

    private static string? CompareItems(string path, JsonArray items, JsonNode? actual, Scope scope)
    {
        var found = actual as JsonArray ?? [];
        return found.Count != items.Count
            ? $"{path} has {found.Count} items and not {items.Count}"
            : items.Select((item, i) => Compare($"{path}[{i}]", item, found[i], scope))
                .FirstOrDefault(difference => difference is not null);
    }

    private static string? Test(string path, string test, JsonNode? argument, JsonNode? actual, Scope scope)
    {
        var items = actual as JsonArray ?? [];
        switch (test)
        {
            case "$count":
                return Compare($"{path}'s count", argument, JsonValue.Create(items.Count), scope);
            case "$first":
                return items.Count == 0 ? $"{path} is empty" : Compare($"{path}[0]", argument, items[0], scope);
            case "$last":
                return items.Count == 0 ? $"{path} is empty" : Compare($"{path}[{items.Count - 1}]", argument, items[^1], scope);
            case "$not":
                return Compare(path, argument, actual, scope) is null ? $"{path} is {Brief(actual)}" : null;
        }

        var limit = Number(scope.Variables.Expand(argument));
        var number = Number(actual);
        var holds = test switch
        {
            "$gt" => number > limit,
            "$ge" => number >= limit,
            "$lt" => number < limit,
            "$le" => number <= limit,
            _ => throw new TranscriptFormatException($"{test} is no test."),
        };
        return holds ? null : $"{path} is {number}, which is not {test[1..]} {limit}";
    }

    private static bool IsDefault(JsonNode? node) => node switch
    {
        null => true,
        JsonArray items => items.Count == 0,
        JsonObject => false,
        _ => Plain(node) is "" or "0" or "false"
            || (Plain(node) is var text && (text.EndsWith("_UNSPECIFIED", StringComparison.Ordinal)
                || text is "PAYLOAD_KIND_TEXT" or "DURABILITY_DEFAULT" or "FINISH_COMPLETE")),
    };

    // Numbers of 64 bits are texts in protobuf's JSON and the others are not; a transcript may write either.
    private static string Plain(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => node.ToJsonString(),
    };

    private static Int128 Number(JsonNode? node) => Int128.TryParse(Plain(node), CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new TranscriptFormatException($"{Plain(node)} is not a number.");

    private static string Brief(JsonNode? node)
    {
        var text = node is null ? "absent" : node.ToJsonString(ConformanceJson.Readable);
        return text.Length <= 200 ? text : $"{text[..200]}… ({text.Length} characters)";
    }

    private readonly record struct Scope(Variables Variables, bool Capture)
    {
        internal void Take(string name, string value)
        {
            if (Capture)
            {
                Variables.Set(name, value);
            }
        }
    }
}
