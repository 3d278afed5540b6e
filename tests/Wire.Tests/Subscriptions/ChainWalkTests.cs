using Wire.Log;
using Wire.Sessions;
using Wire.Subscriptions;
using Wire.Tests.Log;

namespace Wire.Tests.Subscriptions;

internal sealed class ChainWalkTests
{
    private static readonly Action Nothing = () => { };

    [Test]
    public async Task A_walk_gives_each_record_from_its_sequence_on()
    {
        var random = new Random(11);
        foreach (var length in new[] { 1, 2, 3, 7, 8, 9, 64, 100 })
        {
            var (log, runs, tail) = await StoreAsync(length, random);
            for (ulong sequence = 0; sequence <= runs[^1].Last; sequence++)
                Assert.That(Walk(log, tail, sequence, int.MaxValue), Is.EqualTo(runs.Where(r => r.Last >= sequence && r.Count > 0 || r.First > sequence).Select(r => r.Address)));
        }
    }

    [Test]
    public async Task A_walk_reads_little_more_than_what_it_gives()
    {
        const int Length = 20_000;
        var (log, runs, tail) = await StoreAsync(Length, new Random(12));
        var random = new Random(13);
        var squaredLog = (int)Math.Pow(Math.Log2(Length), 2);
        for (var i = 0; i < 300; i++)
        {
            var sequence = (ulong)random.NextInt64((long)runs[^1].Last) + 1;
            var count = 1 << random.Next(10);
            var before = log.Reads;
            var walked = Walk(log, tail, sequence, count).Count;
            Assert.That(log.Reads - before, Is.LessThanOrEqualTo(2 * walked + squaredLog), $"{walked} from {sequence}");
        }
    }

    [Test]
    public async Task A_walk_begins_with_the_oldest_record_where_older_ones_are_retired()
    {
        var (log, runs, tail) = await StoreAsync(100, new Random(14));
        for (var retired = 1; retired < 100; retired++)
        {
            log.Retire(runs[retired].Address);
            Assert.That(Walk(log, tail, 1, int.MaxValue), Is.EqualTo(runs.Skip(retired).Select(r => r.Address)));
        }
    }

    [Test]
    public async Task A_walk_that_rests_goes_on_with_the_record_that_it_gave_last()
    {
        var (log, runs, tail) = await StoreAsync(500, new Random(15));
        var random = new Random(16);
        var path = new ChainPath(tail);
        var given = new List<long>();
        using var reader = log.OpenReader();
        Assert.That(new ChainWalk(reader, path).Seek(1), Is.EqualTo(LogReadStatus.Found));
        while (given.Count == 0 || given[^1] != tail)
        {
            var walk = new ChainWalk(reader, path);
            for (var i = random.Next(1, 20); i > 0 && (given.Count == 0 || given[^1] != tail); i--)
            {
                Assert.That(walk.Next(out _), Is.EqualTo(LogReadStatus.Found));
                if (given.Count == 0 || given[^1] != walk.Address)
                    given.Add(walk.Address);
            }
        }
        Assert.That(given, Is.EqualTo(runs.Select(r => r.Address)));
    }

    private static List<long> Walk(VolatileLog log, long tail, ulong sequence, int count)
    {
        using var reader = log.OpenReader();
        var walk = new ChainWalk(reader, new ChainPath(tail));
        var addresses = new List<long>();
        Assert.That(walk.Seek(sequence), Is.EqualTo(LogReadStatus.Found));
        while (addresses.Count < count && (addresses.Count == 0 || addresses[^1] != tail))
        {
            Assert.That(walk.Next(out var record), Is.EqualTo(LogReadStatus.Found));
            Assert.That(new RecordHeader(record).IsIntact, Is.True);
            addresses.Add(walk.Address);
        }
        return addresses;
    }

    // Runs of one to five messages, and now and then a checkpoint, which has none.
    private static async Task<(VolatileLog Log, List<(long Address, ulong First, ulong Last, int Count)> Runs, long Tail)> StoreAsync(int length, Random random)
    {
        var log = new VolatileLog();
        await log.OpenAsync(Nothing, CancellationToken.None);
        using var writer = new RunWriter();
        var chain = new SessionChain();
        var head = 0ul;
        var runs = new List<(long, ulong, ulong, int)>();
        for (var i = 0; i < length; i++)
        {
            var count = i > 0 && random.Next(10) == 0 ? 0 : random.Next(1, 6);
            Append(log, writer, ref chain, head, count, out var address);
            runs.Add((address, head + 1, head + (ulong)count, count));
            head += (ulong)count;
        }
        log.Advance();
        Assert.That(log.Violations, Is.Empty);
        return (log, runs, chain.Tail);
    }

    private static void Append(VolatileLog log, RunWriter writer, ref SessionChain chain, ulong head, int count, out long address)
    {
        writer.Begin("session"u8, count == 0 ? [] : "client"u8);
        for (var i = 1; i <= count; i++)
            writer.Add(head + (ulong)i, 0, 0, 0, 2, 0, "payload"u8);
        var record = count == 0
            ? writer.CompleteCheckpoint(chain.Next, head, (long)head, 1, [])
            : writer.Complete(1, chain.Next, head + 1, (long)head + 1, 1);
        Assert.That(log.Append(record, out address, out _), Is.EqualTo(AppendStatus.Appended));
        chain.Append(address, count == 0);
    }
}
