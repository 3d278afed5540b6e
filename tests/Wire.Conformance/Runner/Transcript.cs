using System.Reflection;
using System.Text.Json.Nodes;

namespace Wire.Conformance.Runner;

/// <summary>
/// A dialogue of frames as data: who sends what, what must come, and what must not. The format is described in
/// <c>Transcripts/README.md</c>.
/// </summary>
/// <param name="Name">A sentence that says the behaviour.</param>
/// <param name="File">Where it stands.</param>
/// <param name="Settings">
/// The host's settings that it needs to differ from the defaults, by key (<c>Wire:Limits:PingInterval</c>).
/// </param>
/// <param name="NeedsRestart">Whether it restarts the host.</param>
/// <param name="NeedsHalfClose">Whether it ends one side of a connection alone, which a WebSocket cannot.</param>
/// <param name="NeedsDisk">Whether it asks for level DISK, which a log in memory refuses.</param>
/// <param name="Steps">What is done, in order.</param>
public sealed record Transcript(
    string Name,
    string File,
    IReadOnlyDictionary<string, string> Settings,
    bool NeedsRestart,
    bool NeedsHalfClose,
    bool NeedsDisk,
    IReadOnlyList<JsonObject> Steps)
{
    private static readonly HashSet<string> Members = ["name", "about", "settings", "steps"];

    /// <summary>All transcripts of this assembly, the ones made from the protocol's vectors included, in order of name.</summary>
    public static IReadOnlyList<Transcript> All { get; } = [.. Load().Concat(VectorTranscripts.All()).OrderBy(one => one.File)];

    /// <summary>Parses the transcripts of one file: one dialogue, or a list of them.</summary>
    /// <exception cref="TranscriptFormatException">The text is not a transcript.</exception>
    public static IReadOnlyList<Transcript> Parse(string file, string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: ConformanceJson.Lenient) switch
            {
                JsonArray several => [.. several.Select(one => Create(file, one!.AsObject()))],
                JsonObject one => [Create(file, one)],
                _ => throw new TranscriptFormatException($"{file} holds no dialogue."),
            };
        }
        catch (System.Text.Json.JsonException broken)
        {
            throw new TranscriptFormatException($"{file}: {broken.Message}", broken);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal static Transcript Create(string file, JsonObject dialogue)
    {
        if (dialogue.Select(member => member.Key).FirstOrDefault(key => !Members.Contains(key)) is { } unknown)
        {
            throw new TranscriptFormatException($"{file}: a dialogue has no member {unknown}.");
        }

        var name = dialogue["name"]?.GetValue<string>()
            ?? throw new TranscriptFormatException($"{file}: a dialogue has no name.");
        var steps = (dialogue["steps"] as JsonArray ?? throw new TranscriptFormatException($"{file}: {name} has no steps."))
            .Select(step => step!.AsObject()).ToList();
        var settings = dialogue["settings"]?.AsObject()
            .ToDictionary(one => one.Key, one => one.Value!.GetValue<string>()) ?? [];
        return new Transcript(
            name,
            file,
            settings,
            steps.Any(step => step.ContainsKey("restart")),
            steps.Any(step => step.ContainsKey("halfClose")),
            steps.Any(step => step.ToJsonString().Contains("DURABILITY_DISK", StringComparison.Ordinal)),
            steps);
    }

    private static IEnumerable<Transcript> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (resource.StartsWith("Transcripts/", StringComparison.Ordinal))
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                foreach (var transcript in Parse(resource["Transcripts/".Length..], reader.ReadToEnd()))
                {
                    yield return transcript;
                }
            }
        }
    }
}
