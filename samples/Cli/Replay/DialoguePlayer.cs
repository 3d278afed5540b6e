using System.Diagnostics;
using Wire.Client;

namespace Wire.Cli.Replay;

/// <summary>
/// Speaks one dialogue: both sides follow the session, and each turn is sent when its speaker has seen the one before it, so
/// that what is measured is what two people would wait for.
/// </summary>
internal sealed class DialoguePlayer(
    Dialogue dialogue, string sessionId, Cast cast, ReplayOptions options, ReplayProgress progress)
{
    private readonly long[] _sentAt = new long[dialogue.Turns.Count];

    /// <summary>Ends when both sides have seen all of it and all is answered; a fault is noted, and ends it, too.</summary>
    public async Task PlayAsync(CancellationToken cancellationToken)
    {
        // Where one side fails, the other would wait for ever.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(RunAsync(Speaker.Visitor), RunAsync(Speaker.Agent));

        async Task RunAsync(Speaker speaker)
        {
            try
            {
                await SpeakAsync(speaker, either);
            }
            catch (OperationCanceledException) when (either.IsCancellationRequested)
            {
            }
            catch (WireException exception)
            {
                progress.Fault($"session {sessionId}, {speaker}: {exception.Message}");
                await either.CancelAsync();
            }
        }
    }

    private async Task SpeakAsync(Speaker speaker, CancellationTokenSource either)
    {
        var seen = 0;
        var answers = new List<Task>();
        if (dialogue.Turns[0].Speaker == speaker)
            answers.Add(PublishAsync(speaker, 0, either));

        await foreach (var message in cast[speaker].SubscribeAsync(sessionId, 1, either.Token))
        {
            if (HistoryCheck.FindFault(dialogue, seen, message, cast, options.ChecksRoles) is { } fault)
            {
                progress.Fault($"session {sessionId}, as the {speaker} saw it: {fault}");
                await either.CancelAsync();
                return;
            }
            if (dialogue.Turns[seen].Speaker != speaker)
                progress.MessageSeen(Stopwatch.GetElapsedTime(Volatile.Read(ref _sentAt[seen])));

            seen++;
            if (seen == dialogue.Turns.Count)
                break;
            if (dialogue.Turns[seen].Speaker == speaker)
                answers.Add(PublishAsync(speaker, seen, either));
        }
        await Task.WhenAll(answers);
    }

    private async Task PublishAsync(Speaker speaker, int turn, CancellationTokenSource either)
    {
        if (options.Pace > TimeSpan.Zero)
            await Task.Delay(options.Pace, either.Token);

        // The turn's number is the id, so that the same replay given once more stores nothing twice.
        var publish = new PublishOptions { PublishId = (ulong)turn + 1, InReplyTo = (ulong)turn };
        var start = Stopwatch.GetTimestamp();
        Volatile.Write(ref _sentAt[turn], start);
        try
        {
            var answer = await cast[speaker].PublishAsync(sessionId, dialogue.Turns[turn].Utf8, publish, either.Token);
            progress.MessageAnswered(Stopwatch.GetElapsedTime(start), answer.Duplicate);
        }
        catch (WireException)
        {
            // Nobody will see it: the reading has to end for the failure to be noticed.
            await either.CancelAsync();
            throw;
        }
    }
}
