using System.Diagnostics;
using Wire.Cli.Measurement;
using Wire.Client;

namespace Wire.Cli.Replay;

/// <summary>Speaks all dialogues through a running server, then reads every session back and compares it.</summary>
internal sealed class ReplayRun(ReplayOptions options, IReadOnlyList<Dialogue> dialogues)
{
    /// <summary>As many pages as a server has in hand for one connection.</summary>
    private const int FetchesAtOnce = 4;

    private const int PageMessages = 1000;

    public ReplayProgress Progress { get; } = new(dialogues.Count, dialogues.Sum(dialogue => dialogue.Turns.Count));

    /// <exception cref="CannotConnectException">The server cannot be reached at the start; later it is waited for.</exception>
    public async Task<ReplayReport> RunAsync(CancellationToken cancellationToken)
    {
        var cast = Enumerable.Range(0, Math.Min(options.Connections, dialogues.Count))
            .Select(number => new Cast(options, number))
            .ToList();
        try
        {
            // A server that is not there at the start is a mistake; one that goes away later is waited for.
            await options.Server.ConnectAsync(cast[0][Speaker.Visitor], cancellationToken);

            using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var watch = WatchAsync(giveUp);
            var start = Stopwatch.GetTimestamp();
            try
            {
                await SpeakAsync(cast, giveUp.Token);
                var spoken = Stopwatch.GetElapsedTime(start);
                await CheckAsync(cast, giveUp.Token);
                return ReplayReport.Of(options, Progress, spoken, cast.Sum(pair => pair.LostConnections));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Progress.Fault($"nothing came for {Format.Seconds(options.Timeout)}: given up");
                return ReplayReport.Of(
                    options, Progress, Stopwatch.GetElapsedTime(start), cast.Sum(pair => pair.LostConnections));
            }
            finally
            {
                await giveUp.CancelAsync();
                await watch;
            }
        }
        finally
        {
            await Task.WhenAll(cast.Select(pair => pair.DisposeAsync().AsTask()));
        }
    }

    private async Task SpeakAsync(List<Cast> cast, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(dialogues.Index(), parallel, async (item, cancellation) =>
        {
            var pair = cast[item.Index % cast.Count];
            var player = new DialoguePlayer(item.Item, SessionOf(item.Item), pair, options, Progress);
            await player.PlayAsync(cancellation);
        });
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task CheckAsync(List<Cast> cast, CancellationToken cancellationToken)
    {
        await using var client = new WireClient(options.Server.ForClient($"reader-{options.Prefix}"));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = FetchesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(dialogues.Index(), parallel, async (item, cancellation) =>
        {
            var (index, dialogue) = item;
            var sessionId = SessionOf(dialogue);
            try
            {
                var messages = await ReadBackAsync(client, sessionId, cancellation);
                foreach (var fault in HistoryCheck.FindFaults(dialogue, messages, cast[index % cast.Count], options.ChecksRoles))
                    Progress.Fault($"session {sessionId}: {fault}");
                Progress.DialogueChecked(messages.Count);
            }
            catch (WireException exception)
            {
                Progress.Fault($"session {sessionId} cannot be read back: {exception.Message}");
            }
        });
    }

    private static async Task<List<ReceivedMessage>> ReadBackAsync(
        WireClient client, string sessionId, CancellationToken cancellationToken)
    {
        var messages = new List<ReceivedMessage>();
        while (true)
        {
            var next = (ulong)messages.Count + 1;
            var page = await client.FetchAsync(sessionId, next, PageMessages, cancellationToken: cancellationToken);
            messages.AddRange(page.Messages);
            if (page.Messages.Count == 0 || (ulong)messages.Count >= page.HeadSequence)
                return messages;
        }
    }

    private async Task WatchAsync(CancellationTokenSource giveUp)
    {
        var steps = -1L;
        using var timer = new PeriodicTimer(options.Timeout);
        try
        {
            while (steps != Progress.Steps)
            {
                steps = Progress.Steps;
                await timer.WaitForNextTickAsync(giveUp.Token);
            }
            await giveUp.CancelAsync();
        }
        catch (OperationCanceledException)
        {
        }
    }

    private string SessionOf(Dialogue dialogue) => $"{options.Prefix}/{dialogue.Id}";
}
