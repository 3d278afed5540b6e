using System.Diagnostics;
using System.Security.Cryptography;
using Wire.Cli.Measurement;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Cli.Load;

/// <summary>
/// Publishes as fast as answers come: each connection keeps its depth of publishes unanswered, all to a session of its own. A
/// closed loop: a server that is slow is asked less, so the latencies are those of this depth and of no fixed rate.
/// </summary>
internal sealed class LoadRun(LoadOptions options)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly LatencyHistogram _answered = new();
    private readonly byte[] _payload = RandomNumberGenerator.GetBytes(options.PayloadBytes);
    private readonly string _prefix = $"load-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    private long _messages;
    private WirePublishException? _refusal;
    private int _level;
    private volatile bool _measures;

    public async Task<LoadReport> RunAsync(Action<TimeSpan, long> second, CancellationToken cancellationToken)
    {
        var clients = new List<WireClient>();
        try
        {
            for (var i = 0; i < options.Connections; i++)
                clients.Add(await ConnectAsync(i, cancellationToken));

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var publishers = clients.Select((client, number) => Task.Run(() => PublishAsync(client, number, stop))).ToArray();
            var measured = await MeasureAsync(second, stop.Token);
            var messages = Volatile.Read(ref _messages);

            // What is under way is answered, or ends with its client: a server that is gone holds nobody up.
            await stop.CancelAsync();
            await DisposeAsync(clients);
            await Task.WhenAll(publishers);
            if (_refusal is not null)
                throw _refusal;
            cancellationToken.ThrowIfCancellationRequested();

            return new LoadReport(
                options.Connections,
                options.Depth,
                options.PayloadBytes,
                ((Durability)_level).ToString(),
                measured.TotalSeconds,
                messages,
                messages / measured.TotalSeconds,
                clients.Sum(client => client.Connections - 1),
                Latencies.Of(_answered));
        }
        finally
        {
            await DisposeAsync(clients);
        }
    }

    private static Task DisposeAsync(List<WireClient> clients)
        => Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));

    private Task<WireClient> ConnectAsync(int number, CancellationToken cancellationToken)
    {
        var client = options.Server.ForClient($"{_prefix}-{number}");
        client.MaxUnanswered = options.Depth;
        client.DefaultDurability = options.Durability;
        return options.Server.ConnectAsync(client, cancellationToken);
    }

    private async Task<TimeSpan> MeasureAsync(Action<TimeSpan, long> second, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(options.WarmUp, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return TimeSpan.Zero;
        }

        _measures = true;
        var start = Stopwatch.GetTimestamp();
        var before = 0L;
        try
        {
            for (var left = options.Duration; left > TimeSpan.Zero; left = options.Duration - Stopwatch.GetElapsedTime(start))
            {
                await Task.Delay(left < Second ? left : Second, cancellationToken);
                var now = Volatile.Read(ref _messages);
                second(Stopwatch.GetElapsedTime(start), now - before);
                before = now;
            }
        }
        catch (OperationCanceledException)
        {
            // A publisher has failed, or the user has seen enough.
        }
        return Stopwatch.GetElapsedTime(start);
    }

    private async Task PublishAsync(WireClient client, int number, CancellationTokenSource stop)
    {
        var answers = new LoadAnswers(options.Depth, _answered);
        try
        {
            using var publisher = client.OpenPublisher($"{_prefix}/{number}", new WirePublisherOptions
            {
                MaxUnanswered = options.Depth,
                MaxUnansweredBytes = 1 << 30,
                OnAnswer = answer => Take(answers, answer, stop),
            });
            while (!stop.IsCancellationRequested)
            {
                answers.Sending();
                await publisher.PublishAsync(_payload);
            }
        }
        catch (ObjectDisposedException) when (stop.IsCancellationRequested)
        {
            // The end of the load.
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    // On the client's read loop, once a range.
    private void Take(LoadAnswers answers, PublishAnswer answer, CancellationTokenSource stop)
    {
        if (answer.Refusal is { } refusal)
        {
            Interlocked.CompareExchange(ref _refusal, refusal, null);
            stop.Cancel();
            return;
        }
        _level = (int)answer.Durability;
        answers.Take(answer.Count, _measures);
        if (_measures)
            Interlocked.Add(ref _messages, answer.Count);
    }
}
