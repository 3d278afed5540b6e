using System.Buffers;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Tests.Framing;

namespace Wire.Tests.Sessions;

/// <summary>At steady state a message costs the engine no allocation, from the bytes that were read to the bytes that are sent.</summary>
[NonParallelizable]
internal sealed class AllocationTests
{
    private const string S = "visitor-7/phone";
    private const int Messages = 12_800; // some of them come before a checkpoint

    // It is 0; the runtime's own threads allocate now and then.
    private const double MaxBytesPerMessage = 0.1;

    [Test]
    public async Task Publishing_to_acknowledging_allocates_nothing(
        [Values(Durability.Disk, Durability.Memory)] Durability durability, [Values(1, 64)] int depth, [Values(1, 2)] int workers)
        => await CheckAsync(durability, depth, workers, followers: 0, segmentBytes: 0);

    [Test]
    public async Task Publishing_to_delivering_allocates_nothing([Values(1, 64)] int depth, [Values(1, 3)] int followers)
        => await CheckAsync(Durability.Disk, depth, 1, followers, segmentBytes: 0);

    [Test]
    public async Task Reads_that_are_cut_allocate_nothing() => await CheckAsync(Durability.Disk, 64, 1, 1, segmentBytes: 1000);

    private static async Task CheckAsync(Durability durability, int depth, int workers, int followers, int segmentBytes)
    {
        await using var harness = await EngineHarness.StartAsync(new EndlessLog(), o => o.Workers = workers);
        var outbox = new CountingOutbox();
        var connection = await harness.Engine.ConnectAsync("client", Role.Visitor, outbox, CancellationToken.None);
        var intake = new ConnectionIntake(harness.Engine, connection);
        var outboxes = new List<CountingOutbox>();
        for (var i = 0; i < followers; i++)
        {
            var follower = new CountingOutbox();
            outboxes.Add(follower);
            var followed = await harness.Engine.ConnectAsync($"follower{i}", Role.Agent, follower, CancellationToken.None);
            var subscribe = new ConnectionIntake(harness.Engine, followed);
            subscribe.Take(new ReadOnlySequence<byte>(Streams.Delimited(Frames.Subscribe(S))), out _);
            await subscribe.DispatchAsync();
        }

        var published = 0L;
        var (lowest, lowestOfNothing) = (long.MaxValue, long.MaxValue);
        for (var round = 0; round < 10; round++)
        {
            var reads = new ReadOnlySequence<byte>[Messages / depth];
            for (var i = 0; i < reads.Length; i++, published += depth)
                reads[i] = Read(published, depth, durability, segmentBytes);
            var ofNothing = await MeasureAsync(intake, [], outbox, outboxes, published - Messages);
            var ofAll = await MeasureAsync(intake, reads, outbox, outboxes, published);
            Assert.That(outbox.Acknowledged, Is.EqualTo(published));
            Assert.That(outboxes.Select(o => o.Messages), Is.All.EqualTo(published));
            if (round > 3)
                (lowest, lowestOfNothing) = (Math.Min(lowest, ofAll), Math.Min(lowestOfNothing, ofNothing));
        }
        TestContext.Out.WriteLine($"{lowest - lowestOfNothing} bytes for {Messages} messages");
        Assert.That((lowest - lowestOfNothing) / (double)Messages, Is.LessThan(MaxBytesPerMessage));
        harness.Engine.Disconnect(connection);
    }

    private static async Task<long> MeasureAsync(
        ConnectionIntake intake, ReadOnlySequence<byte>[] reads, CountingOutbox outbox, List<CountingOutbox> followers, long total)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await Task.Run(() => PublishAsync(intake, reads)); // out of the test's synchronization context, which allocates
        SpinWait.SpinUntil(() => outbox.Acknowledged == total && followers.All(o => o.Messages == total), TestOutbox.Deadline);
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    private static async Task PublishAsync(ConnectionIntake intake, ReadOnlySequence<byte>[] reads)
    {
        foreach (var read in reads)
        {
            intake.Take(read, out _);
            await intake.DispatchAsync();
        }
    }

    private static ReadOnlySequence<byte> Read(long published, int depth, Durability durability, int segmentBytes)
    {
        var bytes = new List<byte>();
        for (var i = 1; i <= depth; i++)
            bytes.AddRange(Streams.Delimited(Frames.Publish(S, (ulong)(published + i), new string('p', 64), durability)));
        return segmentBytes == 0 ? new ReadOnlySequence<byte>([.. bytes]) : Segments.OfSize([.. bytes], segmentBytes);
    }
}
