using System.Text.Json;
using Wire.InProcess;
using Wire.Protocol;

namespace Wire.Sessions;

/// <summary>
/// The sequences of the newest messages that handlers must know of without reading the session back: carried in memory and in
/// its checkpoints. 0 where there was none.
/// </summary>
internal struct NewestOfKind
{
    private const int MaxStateEventBytes = 64 * 1024;

    public ulong Handover, Giveback, AgentMessage, VisitorMessage, StateEvent;

    /// <summary>The payload of the newest state event, at most 64 KiB.</summary>
    public byte[]? StateEventPayload;

    /// <summary>Whether a human has the session: an agent's message or a handover is newer than any giveback.</summary>
    public readonly bool HumanHasIt => Math.Max(Handover, AgentMessage) > Giveback;

    /// <summary>Whether a human took the session after this sequence, even if it was given back since.</summary>
    public readonly bool HumanTookItAfter(ulong sequence) => Math.Max(Handover, AgentMessage) > sequence;

    /// <summary>Notes a message that is now stored.</summary>
    public void Note(ulong sequence, Role role, ReadOnlySpan<byte> sender, PayloadKind kind, ReadOnlySpan<byte> payload)
    {
        if (kind != PayloadKind.Event || !NoteEvent(sequence, role, sender, payload))
        {
            if (role == Role.Agent)
                AgentMessage = sequence;
            else if (role == Role.Visitor)
                VisitorMessage = sequence;
        }
    }

    /// <summary>Whether a payload is JSON of an event of type <c>state</c>.</summary>
    public static bool IsStateEvent(ReadOnlySpan<byte> payload) => TypeOf(payload) == "state";

    // True where it is an event that the server acts on (protocol.md, Events and signals).
    private bool NoteEvent(ulong sequence, Role role, ReadOnlySpan<byte> sender, ReadOnlySpan<byte> payload)
    {
        var type = TypeOf(payload);
        var isOurs = sender is [(byte)'$', ..];
        var isHandler = isOurs && !sender.SequenceEqual(SessionPublishOptions.DefaultSenderUtf8);
        if (type == "handover")
            Handover = sequence;
        else if (type == "giveback" && (role == Role.Agent || isOurs))
            Giveback = sequence;
        else if (type == "state" && isHandler && payload.Length <= MaxStateEventBytes)
            (StateEvent, StateEventPayload) = (sequence, payload.ToArray());
        else
            return role == Role.Visitor; // an event of a visitor's is never an unanswered message
        return true;
    }

    private static string? TypeOf(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            string? type = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("type"u8);
                reader.Read();
                if (isType)
                    type = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                reader.Skip();
            }
            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() ? type : null;
        }
        catch (JsonException)
        {
            return null; // content that is not such JSON is an ordinary message
        }
        catch (InvalidOperationException)
        {
            return null; // a string with invalid UTF-8 or an unpaired surrogate
        }
    }
}
