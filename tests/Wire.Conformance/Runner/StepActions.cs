using System.Globalization;
using System.Text.Json.Nodes;
using Wire.Conformance.Judging;
using Wire.Conformance.Peers;
using Wire.Protocol;

namespace Wire.Conformance.Runner;

/// <summary>What the steps of a transcript do.</summary>
internal static class StepActions
{
    private static readonly (string Verb, string[] Members, Func<Dialogue, JsonObject, CancellationToken, Task> Action)[] Steps =
    [
        ("connect", ["as", "hello", "welcome", "answerPings"], ConnectAsync),
        ("open", [], static (dialogue, step, token) => dialogue.OpenAsync(Text(step, "open"), token)),
        ("send", ["on", "times", "from", "padTo", "cut"], SendAsync),
        ("hex", ["on", "cut"], SendHexAsync),
        ("expect", ["on", "skip"], ExpectAsync),
        ("expectAcks", ["on"], static (dialogue, step, token) =>
            new AckExpectation(dialogue, step["expectAcks"]!.AsObject()).MeetAsync(dialogue, Peer(dialogue, step), token)),
        ("expectMessages", ["on"], ExpectMessagesAsync),
        ("expectNone", ["on", "barrier"], ExpectNoneAsync),
        ("drop", ["on", "afterEnd"], DropAsync),
        ("halfClose", ["on"], static (dialogue, step, token) => Peer(dialogue, step).HalfCloseAsync(token).AsTask()),
        ("close", ["on"], static (dialogue, step, _) => dialogue.CloseAsync(Text(step, "on"))),
        ("expectClosed", ["on"], static (dialogue, step, token) => dialogue.ExpectClosedAsync(Text(step, "on"), token)),
        ("restart", [], RestartAsync),
        ("set", [], Set),
    ];

    internal static Task RunAsync(Dialogue dialogue, JsonObject step, CancellationToken cancellationToken)
    {
        foreach (var (verb, members, action) in Steps)
        {
            if (!step.ContainsKey(verb))
            {
                continue;
            }

            var unknown = step.Select(one => one.Key).FirstOrDefault(key => key != verb && key != "note" && !members.Contains(key));
            return unknown is null
                ? action(dialogue, step, cancellationToken)
                : throw new TranscriptFormatException($"A step {verb} has no member {unknown}.");
        }

        return step.Count == 1 && step.ContainsKey("note")
            ? Task.CompletedTask
            : throw new TranscriptFormatException($"No step is known in {step.ToJsonString()}");
    }

    private static async Task ConnectAsync(Dialogue dialogue, JsonObject step, CancellationToken cancellationToken)
    {
        var hello = (JsonObject?)step["hello"]?.DeepClone() ?? [];
        hello["version"] ??= 1;
        hello["client_id"] ??= Text(step, "as");
        var peer = await dialogue.OpenAsync(Text(step, "connect"), cancellationToken).ConfigureAwait(false);
        peer.AnswersPings = step["answerPings"]?.GetValue<bool>() ?? true;
        await dialogue.SendAsync(peer, Parse(dialogue, new JsonObject { ["hello"] = hello }), cancellationToken).ConfigureAwait(false);
        var welcome = new JsonObject { ["welcome"] = step["welcome"]?.DeepClone() ?? new JsonObject { ["version"] = 1 } };
        await ExpectAsync(dialogue, peer, welcome, skip: false, cancellationToken).ConfigureAwait(false);
    }

    private static async Task SendAsync(Dialogue dialogue, JsonObject step, CancellationToken cancellationToken)
    {
        var (times, from) = (Number(step, "times") ?? 1, Number(step, "from") ?? 1);
        var frames = new List<Frame>();
        for (var i = from; i < from + times; i++)
        {
            dialogue.Variables.Set("i", i.ToString(CultureInfo.InvariantCulture));
            foreach (var one in step["send"] as JsonArray ?? [step["send"]!.DeepClone()])
            {
                var frame = Parse(dialogue, one!);
                if (Number(step, "padTo") is { } bytes)
                {
                    FrameJson.Pad(frame, (int)bytes);
                }

                frames.Add(frame);
            }
        }

        var peer = Peer(dialogue, step);
        await dialogue.WithinDeadlineAsync(
            async token =>
            {
                await peer.SendAsync(frames, token, (int)(Number(step, "cut") ?? 0)).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static Task SendHexAsync(Dialogue dialogue, JsonObject step, CancellationToken cancellationToken)
    {
        var bytes = Convert.FromHexString(dialogue.Variables.Text(Text(step, "hex")).Replace(" ", "", StringComparison.Ordinal));
        var peer = Peer(dialogue, step);
        return dialogue.WithinDeadlineAsync(
            async token =>
            {
                await peer.SendBytesAsync(bytes, token, (int)(Number(step, "cut") ?? 0)).ConfigureAwait(false);
                return true;
            },
            cancellationToken);
    }

    private static Task ExpectAsync(Dialogue dialogue, JsonObject step, CancellationToken cancellationToken) => ExpectAsync(
        dialogue, Peer(dialogue, step), step["expect"]!.AsObject(), step["skip"]?.GetValue<bool>() ?? false, cancellationToken);

    private static async Task ExpectAsync(
        Dialogue dialogue, Peer peer, JsonObject json, bool skip, CancellationToken cancellationToken)
    {
        var pattern = new FramePattern(json, dialogue.Variables);

        // With skip, frames of the same stream that come before the one described are let pass.
        var frame = await (skip
            ? peer.TakePastAsync(
                pattern.Belongs, one => pattern.Matches(one, dialogue.Variables), dialogue.Deadline, cancellationToken)
            : dialogue.TakeAsync(peer, pattern.Belongs, cancellationToken)).ConfigureAwait(false);
        if (pattern.Match(frame, dialogue.Variables) is { } difference)
        {
            throw new MismatchException($"{difference}; got {FrameText.Line(frame)}");
        }
    }

    private static async Task ExpectMessagesAsync(Dialogue dialogue, JsonObject step, CancellationToken cancellationToken)
    {
        var expected = step["expectMessages"]!.AsObject();
        var session = dialogue.Variables.Text(Text(expected, "session"));
        var from = ulong.Parse(ValueText(dialogue, expected, "from")!, CultureInfo.InvariantCulture);
        var to = ulong.Parse(ValueText(dialogue, expected, "to")!, CultureInfo.InvariantCulture);
        for (var sequence = from; sequence <= to; sequence++)
        {
            var frame = await dialogue.TakeAsync(
                Peer(dialogue, step), one => AnswerStream.Of(one) == AnswerStream.Follow(session), cancellationToken)
                .ConfigureAwait(false);
            if (frame.Message?.Sequence != sequence)
            {
                throw new MismatchException($"message {sequence} of {from} to {to} was next; got {FrameText.Line(frame)}");
            }
        }
    }

    private static async Task ExpectNoneAsync(Dialogue dialogue, JsonObject step, CancellationToken cancellationToken)
    {
        var peer = Peer(dialogue, step);
        switch (step["barrier"])
        {
            case JsonObject barrier when barrier["fetch"] is { } session:
                var id = dialogue.Variables.Text(session.GetValue<string>());
                await dialogue.FetchBarrierAsync(peer, id, cancellationToken).ConfigureAwait(false);
                goto case null;
            case null:
                await dialogue.PingBarrierAsync(peer, cancellationToken).ConfigureAwait(false);
                break;
            default:
                throw new TranscriptFormatException("A barrier is {\"fetch\": session}, or left out for a Ping.");
        }

        foreach (var json in step["expectNone"]!.AsArray())
        {
            var pattern = new FramePattern(json!.AsObject(), dialogue.Variables);
            if (peer.Unread.FirstOrDefault(frame => pattern.Matches(frame, dialogue.Variables)) is { } frame)
            {
                throw new MismatchException($"this should not have come: {FrameText.Line(frame)}");
            }
        }
    }

    private static async Task DropAsync(Dialogue dialogue, JsonObject step, CancellationToken cancellationToken)
    {
        var peer = Peer(dialogue, step);
        if (step["afterEnd"]?.GetValue<bool>() ?? false)
        {
            await peer.WaitEndAsync(dialogue.Deadline, cancellationToken).ConfigureAwait(false);
        }

        var bodies = step["drop"]!.AsArray().Select(body => body!.GetValue<string>()).ToHashSet();
        peer.Drop(frame => bodies.Contains(AnswerStream.BodyOf(frame)));
    }

    private static Task RestartAsync(Dialogue dialogue, JsonObject step, CancellationToken cancellationToken) =>
        dialogue.RestartAsync(
            Text(step, "restart") switch
            {
                "kill" => HostStop.Kill,
                "terminate" => HostStop.Terminate,
                var other => throw new TranscriptFormatException($"A host is not stopped by {other}."),
            },
            cancellationToken);

    private static Task Set(Dialogue dialogue, JsonObject step, CancellationToken cancellationToken)
    {
        var values = step["set"]!.AsObject();
        foreach (var name in values.Select(one => one.Key).ToList())
        {
            dialogue.Variables.Set(name, ValueText(dialogue, values, name)!);
        }

        return Task.CompletedTask;
    }

    private static Frame Parse(Dialogue dialogue, JsonNode json) => FrameJson.Parse(dialogue.Variables.Expand(json)!);

    private static Peer Peer(Dialogue dialogue, JsonObject step) => dialogue[Text(step, "on")];

    private static string Text(JsonObject step, string member) => step[member]?.GetValue<string>()
        ?? throw new TranscriptFormatException($"The step needs {member}: {step.ToJsonString()}");

    private static long? Number(JsonObject step, string member) => step[member]?.GetValue<long>();

    private static string? ValueText(Dialogue dialogue, JsonObject node, string member) =>
        dialogue.Variables.Expand(node[member])?.ToString();
}
