using System.Globalization;
using System.Text.Json.Nodes;
using Wire.Conformance.Judging;
using Wire.Conformance.Peers;

namespace Wire.Conformance.Runner;

/// <summary>
/// Runs transcripts against a host. Each run has its own <c>${run}</c>, so that a host may be used for any number of runs.
/// Whatever the dialogue says, every frame is also held to what the protocol promises of all connections
/// (<see cref="ConnectionReferee"/>), and at the end every connection is closed on its sending side: what the host had
/// still to answer then comes, and a frame that the dialogue did not expect is a failure.
/// </summary>
public sealed class TranscriptRunner(ITranscriptHost host, TranscriptOptions? options = null)
{
    private readonly TranscriptOptions _options = options ?? new TranscriptOptions();

    /// <summary>Runs one transcript to its end.</summary>
    /// <exception cref="TranscriptFailedException">The host did something else; the message shows what.</exception>
    /// <exception cref="TranscriptFormatException">The transcript itself is wrong.</exception>
    public async Task RunAsync(Transcript transcript, CancellationToken cancellationToken = default)
    {
        await using var dialogue = new Dialogue(host, _options);
        dialogue.Variables.Set("run", Guid.NewGuid().ToString("N")[..12]);
        for (var i = 0; i < transcript.Steps.Count; i++)
        {
            var step = transcript.Steps[i];
            var where = string.Create(CultureInfo.InvariantCulture, $"step {i + 1} of {transcript.Steps.Count}");
            await RunAsync(transcript, dialogue, where, step, StepActions.RunAsync, cancellationToken).ConfigureAwait(false);
        }

        await RunAsync(
            transcript,
            dialogue,
            "the end, after all steps",
            [],
            static (dialogue, _, token) => dialogue.FinishAsync(token),
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task RunAsync(
        Transcript transcript,
        Dialogue dialogue,
        string where,
        JsonObject step,
        Func<Dialogue, JsonObject, CancellationToken, Task> action,
        CancellationToken cancellationToken)
    {
        try
        {
            await action(dialogue, step, cancellationToken).ConfigureAwait(false);
            dialogue.ThrowIfFault();
        }
        catch (TranscriptFormatException fault)
        {
            throw new TranscriptFormatException($"{transcript.File}, {transcript.Name}, {where}: {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is MismatchException or PeerException or IOException
            or System.Net.Sockets.SocketException or TimeoutException)
        {
            var because = dialogue.Fault is { } referee && !fault.Message.Contains(referee, StringComparison.Ordinal)
                ? $"{fault.Message}{Environment.NewLine}  and before that: {referee}"
                : fault.Message;
            throw new TranscriptFailedException(
                $"""
                {transcript.Name} ({transcript.File})
                failed at {where}: {step.ToJsonString(ConformanceJson.Readable)}
                  {because}
                Unread:
                {dialogue.UnreadText()}
                Frames so far (→ to the host, ← from it):
                {dialogue.Trace}
                """);
        }
    }
}
