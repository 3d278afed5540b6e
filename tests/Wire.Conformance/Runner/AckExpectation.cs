using System.Globalization;
using System.Text.Json.Nodes;
using Wire.Conformance.Judging;
using Wire.Conformance.Peers;
using Wire.Protocol;

namespace Wire.Conformance.Runner;

/// <summary>
/// The step <c>expectAcks</c>: so many publishes to one session are acknowledged, by however many Acks; a host may cover
/// them with one range or with several.
/// </summary>
internal sealed class AckExpectation
{
    private static readonly HashSet<string> Members =
        ["session", "upTo", "count", "fromSequence", "durability", "duplicate", "gaps"];

    private readonly Variables _variables;
    private readonly string _session;
    private readonly ulong _upTo;
    private readonly ulong _count;
    private readonly string? _durability;
    private readonly bool? _duplicate;
    private readonly bool _gaps;
    private readonly string? _capture;
    private ulong? _next;

    internal AckExpectation(Dialogue dialogue, JsonObject step)
    {
        if (step.Select(member => member.Key).FirstOrDefault(key => !Members.Contains(key)) is { } unknown)
        {
            throw new TranscriptFormatException($"expectAcks has no member {unknown}.");
        }

        _variables = dialogue.Variables;
        _session = Value(step, "session") ?? throw new TranscriptFormatException("expectAcks needs a session.");
        _upTo = Number(step, "upTo") ?? throw new TranscriptFormatException("expectAcks needs the last publish_id, upTo.");
        _count = Number(step, "count") ?? _upTo;
        _durability = Value(step, "durability");

        // "any": some are stored now and some were before, as when a client sends again what was unanswered.
        _duplicate = Value(step, "duplicate") switch
        {
            null or "false" => false,
            "true" => true,
            "any" => null,
            var other => throw new TranscriptFormatException($"duplicate is true, false or any, not {other}."),
        };

        // Other producers may write in between.
        _gaps = Value(step, "gaps") == "true" || _duplicate is null;
        if (step["fromSequence"] is JsonValue first && first.TryGetValue<string>(out var text)
            && _variables.IsUnbound(text, out var name))
        {
            _capture = name;
        }
        else
        {
            _next = Number(step, "fromSequence");
        }
    }

    internal async Task MeetAsync(Dialogue dialogue, Peer peer, CancellationToken cancellationToken)
    {
        var stream = AnswerStream.Answers(_session);
        for (ulong covered = 0; covered < _count;)
        {
            var frame = await dialogue.TakeAsync(peer, one => AnswerStream.Of(one) == stream, cancellationToken)
                .ConfigureAwait(false);
            if (frame.Ack is not { } ack)
            {
                throw new MismatchException($"an Ack was expected after {covered} of {_count}; got {FrameText.Line(frame)}");
            }

            covered += ack.Count;
            if (Wrong(frame, ack, covered) is { } wrong)
            {
                throw new MismatchException($"an Ack is not as expected: {wrong}; got {FrameText.Line(frame)}");
            }

            // Of duplicates, every Ack names the newest stored; of others, each continues where the last ended.
            var begins = ack.Sequence - ack.Count + 1;
            if (_capture is not null && _next is null)
            {
                _variables.Set(_capture, $"{(ack.Duplicate ? ack.Sequence : begins)}");
            }

            _next = _gaps ? null : ack.Duplicate ? ack.Sequence : ack.Sequence + 1;
        }
    }

    private string? Wrong(Frame frame, Ack ack, ulong covered)
    {
        if (_duplicate is not null && ack.Duplicate != _duplicate)
        {
            return $"duplicate is {ack.Duplicate}";
        }

        if (_durability is not null && FrameText.Json(frame)["ack"]!["durability"]!.GetValue<string>() != _durability)
        {
            return $"the level is {ack.Durability}";
        }

        if (covered > _count)
        {
            return $"it covers more than the {_count} expected";
        }

        if (covered == _count && ack.PublishId != _upTo)
        {
            return $"the last of {_count} is publish {ack.PublishId} and not {_upTo}";
        }

        var named = ack.Duplicate ? ack.Sequence : ack.Sequence - ack.Count + 1;
        return _next is not null && named != _next ? $"it names sequence {named} and not {_next}" : null;
    }

    private string? Value(JsonObject step, string member) => _variables.Expand(step[member])?.ToString();

    private ulong? Number(JsonObject step, string member) =>
        Value(step, member) is { } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : null;
}
