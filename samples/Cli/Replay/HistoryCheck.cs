using System.Text;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Cli.Replay;

/// <summary>Compares what a session holds with what was said.</summary>
internal static class HistoryCheck
{
    /// <summary>All that is wrong with a session, from its first message on.</summary>
    public static IEnumerable<string> FindFaults(
        Dialogue dialogue, IReadOnlyList<ReceivedMessage> messages, Cast cast, bool checksRoles)
    {
        if (messages.Count != dialogue.Turns.Count)
            yield return $"{messages.Count} messages where {dialogue.Turns.Count} were said";
        for (var i = 0; i < Math.Min(messages.Count, dialogue.Turns.Count); i++)
        {
            if (FindFault(dialogue, i, messages[i], cast, checksRoles) is { } fault)
                yield return fault;
        }
    }

    /// <summary>What is wrong with a message in the place of a turn; null where it is equal.</summary>
    public static string? FindFault(Dialogue dialogue, int turn, ReceivedMessage message, Cast cast, bool checksRoles)
    {
        var expected = dialogue.Turns[turn];
        var place = turn + 1;
        if (message.Sequence != (ulong)place)
            return $"sequence {message.Sequence} in the place of {place}";
        if (!message.Payload.Span.SequenceEqual(expected.Utf8.Span))
            return $"message {place} is {Describe(dialogue, message)} and not '{Cut(expected.Text)}'";
        if (message.Sender != cast[expected.Speaker].ClientId)
            return $"message {place} is from {message.Sender} and not from {cast[expected.Speaker].ClientId}";
        if (message.PublishId != (ulong)place)
            return $"message {place} has the publish_id {message.PublishId}";
        var role = expected.Speaker == Speaker.Visitor ? Role.Visitor : Role.Agent;
        if (checksRoles && message.Role != role)
            return $"message {place} has the role {message.Role} and not {role}";
        return null;
    }

    private static string Describe(Dialogue dialogue, ReceivedMessage message)
    {
        for (var i = 0; i < dialogue.Turns.Count; i++)
        {
            if (message.Payload.Span.SequenceEqual(dialogue.Turns[i].Utf8.Span))
                return $"what was said {i + 1}.";
        }
        return $"'{Cut(Encoding.UTF8.GetString(message.Payload.Span))}'";
    }

    private static string Cut(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
