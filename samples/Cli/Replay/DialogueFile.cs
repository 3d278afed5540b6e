using System.Text;
using System.Text.Json;

namespace Wire.Cli.Replay;

/// <summary>
/// Dialogues as JSON lines: <c>{"id": "7", "turns": [{"role": "visitor", "text": "…"}, {"role": "agent", "text": "…"}]}</c>.
/// </summary>
internal static class DialogueFile
{
    /// <exception cref="UsageException">The file cannot be read or a line of it makes no sense; the message names it.</exception>
    public static IReadOnlyList<Dialogue> Read(string path)
    {
        var dialogues = new List<Dialogue>();
        var ids = new HashSet<string>();
        var number = 0;
        try
        {
            foreach (var line in File.ReadLines(path, new UTF8Encoding(false, throwOnInvalidBytes: true)))
            {
                number++;
                if (string.IsNullOrWhiteSpace(line))
                    continue;
                var dialogue = Parse(line);
                if (!ids.Add(dialogue.Id))
                    throw new FormatException($"the id '{dialogue.Id}' comes a second time");
                dialogues.Add(dialogue);
            }
        }
        catch (Exception exception)
            when (exception is FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new UsageException($"{path}:{number}: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new UsageException($"{path}: {exception.Message}");
        }

        if (dialogues.Count == 0)
            throw new UsageException($"{path} holds no dialogue.");
        return dialogues;
    }

    private static Dialogue Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var id = document.RootElement.GetProperty("id").GetString();
        if (string.IsNullOrEmpty(id) || id.Any(char.IsControl) || Encoding.UTF8.GetByteCount(id) > 64)
            throw new FormatException("an id is 1 to 64 bytes without control characters");

        var turns = document.RootElement.GetProperty("turns").EnumerateArray().Select(ParseTurn).ToList();
        return turns.Count > 0 ? new Dialogue(id, turns) : throw new FormatException("a dialogue has at least one turn");
    }

    private static Turn ParseTurn(JsonElement turn)
    {
        var speaker = turn.GetProperty("role").GetString() switch
        {
            "visitor" => Speaker.Visitor,
            "agent" => Speaker.Agent,
            var other => throw new FormatException($"a role is visitor or agent, not '{other}'"),
        };
        var text = turn.GetProperty("text").GetString() ?? throw new FormatException("a turn has a text");
        return new Turn(speaker, text, Encoding.UTF8.GetBytes(text));
    }
}
