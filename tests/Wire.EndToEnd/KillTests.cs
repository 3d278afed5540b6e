using NUnit.Framework;
using Wire.Conformance.Judging;
using Wire.EndToEnd.Hosts;
using Wire.EndToEnd.Load;
using Wire.Protocol;

namespace Wire.EndToEnd;

/// <summary>The invariant at the head of the protocol, with kill -9 at any instant.</summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "The hosts are stopped by signals.")]
public sealed class KillTests : EndToEndFixture
{
    private const string Shared = "kill/shared";

    [Test, CancelAfter(600_000)]
    public Task Nothing_acknowledged_is_lost_doubled_reordered_or_altered_by_kill_9() =>
        RunAsync(rounds: 55, _ => Durability.Disk, mayBeLost: null);

    [Test, CancelAfter(600_000)]
    public Task What_was_acknowledged_at_level_MEMORY_is_there_once_or_not_at_all_after_kill_9() =>
        RunAsync(rounds: 12, id => IsMemory(id) ? Durability.Memory : Durability.Disk, IsMemory);

    private static bool IsMemory(ulong publishId) => publishId % 4 != 0;

    private async Task RunAsync(int rounds, Func<ulong, Durability> level, Func<ulong, bool>? mayBeLost)
    {
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"The kills come by seed {seed}.");
        var random = new Random(seed);
        var host = NewHost(HostSettings.Tiny);
        var witness = new SessionWitness();
        var publishers = Enumerable.Range(1, 4).Select(i => new LoadPublisher(
            host, $"killed-{i}", [Shared, $"kill/own-{i}", $"kill/other-{i}"], level, witness)).ToList();
        using var follower = new LoadFollower(host, "follower", Shared, witness);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        await host.StartAsync(stop.Token);
        var following = Task.Run(() => follower.RunAsync(stop.Token));
        var publishing = Task.WhenAll(publishers.Select(one => Task.Run(() => one.RunAsync(stop.Token))));

        try
        {
            for (var round = 1; round <= rounds; round++)
            {
                await AnsweredAsync(publishers, random.Next(1, 3000), publishing, following);
                await host.Kill9Async(stop.Token);
                await Task.WhenAll(publishers.Select(one => one.DisconnectedAsync())).WaitAsync(HostProcess.Deadline, stop.Token);
                witness.HostCrashed();
                if (round % 5 == 0)
                {
                    // Once more while it starts, wherever it has got to by its first word.
                    host.Spawn();
                    await host.Spoke.WaitAsync(HostProcess.Deadline, stop.Token);
                    await host.Kill9Async(stop.Token);
                }

                await host.StartAsync(stop.Token);
            }

            await AnsweredAsync(publishers, 500, publishing, following);
            publishers.ForEach(one => one.Finish());
            await publishing.WaitAsync(HostProcess.Deadline, stop.Token);

            var faults = new List<string>();
            foreach (var session in publishers.SelectMany(one => one.Sessions).Distinct())
            {
                var lastIds = publishers.Where(one => one.Sessions.Contains(session))
                    .ToDictionary(one => one.Client, one => one.LastId(session));
                var messages = await ReadBack.SessionAsync(host, session, witness, stop.Token);
                faults.AddRange(ReadBack.Faults(session, messages, lastIds, mayBeLost).Take(10));
                if (session == Shared)
                {
                    follower.FinishAt((ulong)messages.Count);
                    await following.WaitAsync(HostProcess.Deadline, stop.Token);
                    Assert.That(follower.Seen.SequenceEqual(messages), Is.True, "what was followed is not what is stored");
                }
            }

            await TestContext.Out.WriteLineAsync(
                $"{publishers.Sum(one => one.Answered)} publishes answered, {publishers.Sum(one => one.Breaks)} connections broken, "
                + $"{Directory.GetFiles(host.DataFolder, "*", SearchOption.AllDirectories).Length} files.");
            Assert.That(faults.Concat(witness.Contradictions()).Take(20), Is.Empty);
            Assert.That(publishers.Sum(one => one.Breaks), Is.GreaterThanOrEqualTo(rounds), "the load was not cut by the kills");
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    // Waits until so many more publishes are answered: a random instant of the load, without a clock.
    private static async Task AnsweredAsync(IReadOnlyList<LoadPublisher> publishers, int more, params Task[] running)
    {
        var target = publishers.Sum(one => one.Answered) + more;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        using var deadline = new CancellationTokenSource(HostProcess.Deadline);
        while (publishers.Sum(one => one.Answered) < target)
        {
            foreach (var task in running.Where(one => one.IsCompleted))
            {
                await task;
                Assert.Fail("The load has ended by itself.");
            }

            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }
}
