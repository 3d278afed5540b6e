using System.Diagnostics;
using System.Net;
using Wire.Client;
using Wire.Load.Measurement;

namespace Wire.Load.History;

/// <summary>One session with very many messages, through the .NET client: its pages, and catching up with all of it.</summary>
internal static class LargeSession
{
    private const int Pages = 500;

    /// <summary>Measures a session.</summary>
    /// <exception cref="LoadFailureException">A page or a message was not the one that was due.</exception>
    public static async Task<LargeSessionResult> MeasureAsync(IPEndPoint server, string session, CancellationToken cancellation)
    {
        await using var client = new WireClient(new WireClientOptions
        {
            Host = server.Address.ToString(),
            Port = server.Port,
            ClientId = "large",
            SubscriptionBuffer = 100_000,
        });
        var head = (await client.FetchAsync(session, 0, 1, backward: true, cancellation)).HeadSequence;
        var first = await PagesAsync(client, session, _ => 1, backward: false, cancellation);
        var last = await PagesAsync(client, session, _ => 0, backward: true, cancellation);
        var anywhere = await PagesAsync(client, session, random => (ulong)random.NextInt64(1, (long)head - 20), backward: false, cancellation);

        var next = 1UL;
        var begun = Stopwatch.GetTimestamp();
        await foreach (var message in client.SubscribeAsync(session, 1, cancellation))
        {
            if (message.Sequence != next++)
                throw new LoadFailureException($"Catching up with {session} gave sequence {message.Sequence} where {next - 1} was due.");
            if (message.Sequence == head)
                break;
        }
        return new LargeSessionResult(
            (long)head, LatencySummary.Of(first), LatencySummary.Of(last), LatencySummary.Of(anywhere), Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }

    private static async Task<LatencyHistogram> PagesAsync(
        WireClient client, string session, Func<Random, ulong> from, bool backward, CancellationToken cancellation)
    {
        var random = new Random(1);
        var latencies = new LatencyHistogram();
        for (var i = 0; i < Pages; i++)
        {
            var sequence = from(random);
            var begun = Stopwatch.GetTimestamp();
            var page = await client.FetchAsync(session, sequence, 20, backward, cancellation);
            latencies.Add((long)Stopwatch.GetElapsedTime(begun).TotalNanoseconds, 1);
            var expected = backward ? page.HeadSequence - 19 : sequence;
            if (page.Messages.Count != 20 || page.Messages[0].Sequence != expected)
                throw new LoadFailureException($"A page of {session} from {sequence} has {page.Messages.Count} messages and begins with {page.Messages.FirstOrDefault()?.Sequence}.");
        }
        return latencies;
    }
}
