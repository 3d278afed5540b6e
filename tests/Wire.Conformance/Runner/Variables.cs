using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Wire.Conformance.Runner;

/// <summary>
/// The variables of one run of a transcript, and how JSON values of a step are made from them:
/// <c>"${run}/s"</c> puts a variable into a text, <c>"$seq"</c> and <c>"$seq+1"</c> stand for a value, <c>"$$x"</c> is the
/// text <c>$x</c>, and an object with one of the members <c>$utf8</c> (text to bytes), <c>$bytes</c> (so many bytes) and
/// <c>$fill</c> (a text, filled up with x to so many bytes of UTF-8) is a value too long to write.
/// </summary>
internal sealed partial class Variables
{
    private readonly Dictionary<string, string> _values = [];

    internal void Set(string name, string value) => _values[name] = value;

    internal bool TryGet(string name, out string value) => _values.TryGetValue(name, out value!);

    /// <summary>The JSON with all variables put in. Names that are not bound are a fault of the transcript.</summary>
    internal JsonNode? Expand(JsonNode? node)
    {
        switch (node)
        {
            case null:
                return null;
            case JsonArray items:
                return new JsonArray([.. items.Select(Expand)]);
            case JsonObject members:
                if (TryFunction(members, out var made))
                {
                    return JsonValue.Create(made);
                }

                var expanded = new JsonObject();
                foreach (var (name, value) in members)
                {
                    expanded.Add(name, Expand(value));
                }

                return expanded;
            default:
                return node.GetValueKind() == JsonValueKind.String
                    ? JsonValue.Create(Text(node.GetValue<string>()))
                    : node.DeepClone();
        }
    }

    /// <summary>A text with its variables put in.</summary>
    internal string Text(string text)
    {
        if (text.StartsWith("$$", StringComparison.Ordinal))
        {
            return text[1..];
        }

        if (Reference().Match(text) is { Success: true } reference)
        {
            return TryGet(reference.Groups["name"].Value, out var value)
                ? Add(value, reference.Groups["plus"].Value)
                : throw new TranscriptFormatException($"The variable {text} has no value here.");
        }

        return Inside().Replace(text, match => TryGet(match.Groups["name"].Value, out var value)
            ? Add(value, match.Groups["plus"].Value)
            : throw new TranscriptFormatException($"The variable {match.Value} has no value here."));
    }

    /// <summary>Whether the text is a bare reference to a variable that has no value yet.</summary>
    internal bool IsUnbound(string text, out string name)
    {
        var match = Reference().Match(text);
        name = match.Groups["name"].Value;
        return match.Success && match.Groups["plus"].Length == 0 && !_values.ContainsKey(name);
    }

    /// <summary>The value of <c>{"$utf8": …}</c> and its like.</summary>
    internal bool TryFunction(JsonObject node, out string value)
    {
        value = "";
        if (node.Count != 1)
        {
            return false;
        }

        var (name, argument) = node.First();
        switch (name)
        {
            case "$utf8":
                value = Convert.ToBase64String(Encoding.UTF8.GetBytes(Text(argument!.GetValue<string>())));
                return true;
            case "$bytes":
                var bytes = new byte[argument!.GetValue<int>()];
                for (var i = 0; i < bytes.Length; i++)
                {
                    bytes[i] = (byte)(i * 31 + (i >> 8));
                }

                value = Convert.ToBase64String(bytes);
                return true;
            case "$fill":
                (value, var bytesWanted) = (Text(argument![0]!.GetValue<string>()), argument[1]!.GetValue<int>());
                value += new string('x', bytesWanted - Encoding.UTF8.GetByteCount(value));
                return true;
            default:
                return false;
        }
    }

    private static string Add(string value, string plus) => plus.Length == 0
        ? value
        : (Int128.Parse(value, CultureInfo.InvariantCulture) + Int128.Parse(plus, CultureInfo.InvariantCulture))
            .ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\$(?<name>[a-zA-Z]\w*)(?<plus>[+-]\d+)?$")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\$\{(?<name>[a-zA-Z]\w*)(?<plus>[+-]\d+)?\}")]
    private static partial Regex Inside();
}
