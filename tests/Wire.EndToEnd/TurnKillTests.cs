using System.Text;
using NUnit.Framework;
using Wire.Client;
using Wire.EndToEnd.Hosts;
using Wire.Protocol;

namespace Wire.EndToEnd;

/// <summary>A handler that streams, with kill -9 in the middle of its words and around its appends.</summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "The hosts are stopped by signals.")]
public sealed class TurnKillTests : EndToEndFixture
{
    private const int Visitors = 6;
    private const int Rounds = 20;

    [Test, CancelAfter(300_000)]
    public async Task Every_message_of_a_visitor_is_answered_exactly_once_whenever_the_host_is_killed()
    {
        var settings = new Dictionary<string, string>(HostSettings.Tiny) { ["Words:DelayMilliseconds"] = "3" };
        var host = NewHost(settings, assemblyPath: HostProcess.StreamingSamplePath);
        await host.StartAsync(Cancelled);
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"The kills come by seed {seed}.");
        var random = new Random(seed);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var answered = 0;
        var isLast = false;
        var last = new ulong[Visitors];
        var visitors = Enumerable.Range(0, Visitors).Select(number => Task.Run(() => SpeakAsync(number))).ToList();

        for (var round = 0; round < Rounds; round++)
        {
            var until = Volatile.Read(ref answered) + random.Next(1, 150);
            while (Volatile.Read(ref answered) < until)
            {
                foreach (var ended in visitors.Where(visitor => visitor.IsCompleted))
                    await ended;
                await Task.Delay(1, Cancelled);
            }
            await host.Kill9Async(Cancelled);
            await host.StartAsync(Cancelled);
        }
        Volatile.Write(ref isLast, true);
        await Task.WhenAll(visitors).WaitAsync(HostProcess.Deadline, Cancelled);
        // Nobody speaks any more: what has no answer yet is found in the log.
        await host.Kill9Async(Cancelled);
        await host.StartAsync(Cancelled);

        await using var reader = NewClient(host, "agent-reader");
        for (var number = 0; number < Visitors; number++)
            await CheckAsync(reader, Session(number), last[number]);

        async Task SpeakAsync(int number)
        {
            await using var client = NewClient(host, $"visitor-{number}");
            while (!Volatile.Read(ref isLast))
            {
                var said = $"[{++last[number]}]";
                await client.PublishAsync(Session(number), Encoding.UTF8.GetBytes(said), cancellationToken: stop.Token);
                Interlocked.Increment(ref answered);
            }
        }
    }

    private static string Session(int number) => $"turns/{number}";

    private static WireClient NewClient(HostProcess host, string clientId) => new(new WireClientOptions
    {
        ClientId = clientId,
        Port = host.TcpPort,
        ReconnectDelayMin = TimeSpan.FromMilliseconds(10),
        ReconnectDelayMax = TimeSpan.FromMilliseconds(100),
    });

    // Each thing said is in exactly one reply, and the replies come in its order.
    private static async Task CheckAsync(WireClient reader, string session, ulong count)
    {
        var said = new List<ulong>();
        var answered = new List<string>();
        var through = 0UL;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(HostProcess.Deadline);
        await foreach (var message in reader.SubscribeAsync(session, 1, deadline.Token))
        {
            var text = Encoding.UTF8.GetString(message.Payload.Span);
            if (message.Role == Role.Visitor)
            {
                said.Add(message.Sequence);
                Assert.That(text, Is.EqualTo($"[{said.Count}]"));
            }
            else
            {
                Assert.That((message.Role, message.Finish, message.Kind), Is.EqualTo((Role.Bot, Finish.Complete, PayloadKind.Text)), text);
                Assert.That(message.InReplyTo, Is.GreaterThan(through).And.LessThan(message.Sequence));
                Assert.That(message.PublishId, Is.EqualTo(message.InReplyTo));
                through = message.InReplyTo;
                answered.AddRange(text["You said: ".Length..].Split(" and ", StringSplitOptions.TrimEntries));
            }
            if ((ulong)said.Count == count && through == said[^1])
                break;
        }
        Assert.That(answered, Is.EqualTo(Enumerable.Range(1, (int)count).Select(number => $"[{number}]")));
    }
}
