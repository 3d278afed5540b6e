using NUnit.Framework;
using Wire.Conformance.Judging;
using Wire.EndToEnd.Hosts;
using Wire.EndToEnd.Load;
using Wire.Protocol;

namespace Wire.EndToEnd;

/// <summary>SIGTERM: a stop in good order.</summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "The hosts are stopped by signals.")]
public sealed class DrainTests : EndToEndFixture
{
    // What the host promises is 10 s; a busy machine may add to it.
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromSeconds(30);

    [Test, CancelAfter(180_000)]
    public async Task Sigterm_under_load_answers_what_was_read_and_ends_with_0()
    {
        var host = await StartHostAsync();
        var witness = new SessionWitness();
        var publishers = Enumerable.Range(1, 4).Select(i => new LoadPublisher(
            host, $"drained-{i}", ["drain/shared", $"drain/own-{i}"], _ => Durability.Disk, witness)).ToList();
        var publishing = publishers.Select(one => Task.Run(() => one.RunAsync(Cancelled))).ToList();
        while (publishers.Any(one => one.Answered < 500))
        {
            await Task.WhenAny(Task.WhenAny(publishing), Task.Delay(5, Cancelled));
            foreach (var ended in publishing.Where(one => one.IsCompleted))
            {
                await ended;
                Assert.Fail("The load has ended by itself.");
            }
        }

        publishers.ForEach(one => one.PauseWhenDisconnected());
        host.Terminate();

        Assert.That(await host.WaitExitAsync(DrainDeadline, Cancelled), Is.Zero);
        await Task.WhenAll(publishing).WaitAsync(HostProcess.Deadline, Cancelled);
        Assert.That(publishers.Select(one => one.GoAways), Is.All.EqualTo(1), "each connection gets one GoAway");

        // What is stored was read, and what was read was answered: so nothing is stored beyond what is answered.
        await host.StartAsync(Cancelled);
        foreach (var session in publishers.SelectMany(one => one.Sessions).Distinct())
        {
            var answered = Of(publishers, session, one => one.LastAnswered(session));
            var messages = await ReadBack.SessionAsync(host, session, witness, Cancelled);
            Assert.That(ReadBack.Faults(session, messages, answered).Take(10), Is.Empty);
        }

        publishers.ForEach(one => one.Finish());
        await Task.WhenAll(publishers.Select(one => one.RunAsync(Cancelled))).WaitAsync(HostProcess.Deadline, Cancelled);
        foreach (var session in publishers.SelectMany(one => one.Sessions).Distinct())
        {
            var sent = Of(publishers, session, one => one.LastId(session));
            var messages = await ReadBack.SessionAsync(host, session, witness, Cancelled);
            Assert.That(ReadBack.Faults(session, messages, sent).Take(10), Is.Empty);
        }

        Assert.That(witness.Contradictions(), Is.Empty);
    }

    [Test, CancelAfter(180_000)]
    public async Task Sigterm_ends_idle_and_half_open_connections_too()
    {
        var host = await StartHostAsync();
        await using var idle = await GoodPeer.OpenAsync(host, "idle", Cancelled);
        await using var stalled = await GoodPeer.OpenAsync(host, "stalled", Cancelled);
        await stalled.Peer.SendBytesAsync(Convert.FromHexString("101a0e0a0173"), Cancelled);
        await using var silent = new Wire.Conformance.Peers.Peer("silent", await host.ConnectAsync(Cancelled));

        host.Terminate();

        Assert.That(await host.WaitExitAsync(DrainDeadline, Cancelled), Is.Zero);
        await idle.Peer.TakeAsync(frame => frame.GoAway is not null, HostProcess.Deadline, Cancelled);
        await stalled.Peer.TakeAsync(frame => frame.GoAway is not null, HostProcess.Deadline, Cancelled);
        await silent.WaitEndAsync(HostProcess.Deadline, Cancelled);
    }

    private static Dictionary<string, ulong> Of(
        IEnumerable<LoadPublisher> publishers, string session, Func<LoadPublisher, ulong> id) =>
        publishers.Where(one => one.Sessions.Contains(session)).ToDictionary(one => one.Client, id);
}
