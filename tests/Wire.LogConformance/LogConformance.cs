using System.Text;
using NUnit.Framework;
using Wire.Log;

namespace Wire.LogConformance;

/// <summary>What the sessions rely on in any log.</summary>
public abstract class LogConformance
{
    /// <summary>A new, empty log that takes records of at least 200,000 bytes.</summary>
    protected abstract IMessageLog Create();

    [Test]
    public async Task A_record_is_read_as_it_was_appended()
    {
        await using var log = await OpenLog.OpenAsync(Create());
        var appended = new List<(long Address, long Number, int Size)>();
        var random = new Random(1);
        for (var number = 1L; number <= 500; number++)
        {
            var size = random.Next(0, 3) switch { 0 => random.Next(20), 1 => random.Next(2000), _ => random.Next(20_000) };
            await log.AppendAsync(TestRecords.Run("s", number, size), (address, end) => appended.Add((address, number, size)));
        }
        await log.AppendAsync(TestRecords.Run("s", 501, 150_000), (address, end) => appended.Add((address, 501, 150_000)));
        await log.DurableAsync(appended[^1].Address + 1);

        using var reader = log.Log.OpenReader();
        foreach (var (address, number, size) in appended.OrderBy(_ => random.Next()))
        {
            Assert.That(reader.Read(address, out var record), Is.EqualTo(LogReadStatus.Found));
            Assert.That(TestRecords.Read(record), Is.EqualTo(("s", number, true)));
        }
    }

    [Test]
    public async Task Addresses_rise_in_the_order_of_appends()
    {
        await using var log = await OpenLog.OpenAsync(Create());
        var last = log.Log.BeginAddress - 1;
        for (var number = 1L; number <= 1000; number++)
        {
            await log.AppendAsync(TestRecords.Run("s", number), (address, end) =>
            {
                Assert.That(address, Is.GreaterThan(last).And.GreaterThan(0));
                Assert.That(end, Is.GreaterThanOrEqualTo(address + TestRecords.Run("s", number).Length));
                last = end - 1;
            });
        }
    }

    [Test]
    public async Task Log_sequences_have_no_gap_and_say_what_was_durable()
    {
        await using var log = await OpenLog.OpenAsync(Create());
        var addresses = new List<long>();
        var end = 0L;
        for (var number = 1L; number <= 100; number++)
        {
            await log.AppendAsync(TestRecords.Run("s", number), (address, e) => { addresses.Add(address); end = e; });
            if (number % 10 == 0)
                await log.DurableAsync(end);
        }

        using var reader = log.Log.OpenReader();
        ulong sequence = 0;
        foreach (var address in addresses)
        {
            reader.Read(address, out var record);
            var header = new RecordHeader(record);
            Assert.That(header.LogSequence, Is.EqualTo(sequence + 1));
            Assert.That(header.DurableUntil, Is.LessThanOrEqualTo(address));
            Assert.That(header.Epoch, Is.GreaterThan(0u));
            sequence = header.LogSequence;
        }
    }

    [Test]
    public async Task The_durable_address_reaches_the_end_of_every_record_and_never_falls()
    {
        await using var log = await OpenLog.OpenAsync(Create());
        var durable = log.Log.DurableAddress;
        for (var number = 1L; number <= 50; number++)
        {
            var end = 0L;
            await log.AppendAsync(TestRecords.Run("s", number), (_, e) => end = e);
            await log.DurableAsync(end);
            Assert.That(log.Log.DurableAddress, Is.GreaterThanOrEqualTo(Math.Max(end, durable)));
            durable = log.Log.DurableAddress;
        }
    }

    [Test]
    public async Task A_flush_with_nothing_to_flush_does_no_harm()
    {
        await using var log = await OpenLog.OpenAsync(Create());
        log.Log.Flush();
        log.Log.Flush();
        var end = 0L;
        await log.AppendAsync(TestRecords.Run("s", 1), (_, e) => end = e);
        await log.DurableAsync(end);
        log.Log.Flush();
        Assert.That(log.Log.Health, Is.EqualTo(LogHealth.Healthy));
    }

    [Test]
    public async Task Threads_that_append_at_once_are_put_in_an_order()
    {
        await using var log = await OpenLog.OpenAsync(Create());
        var found = new System.Collections.Concurrent.ConcurrentBag<(long Address, string Session, long Number)>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var number = 1L; number <= 500; number++)
                await log.AppendAsync(TestRecords.Run($"s{worker}", number), (address, _) => found.Add((address, $"s{worker}", number)));
        })));
        await log.DurableAsync(found.Max(f => f.Address) + 1);

        using var reader = log.Log.OpenReader();
        ulong sequence = 0;
        foreach (var (address, session, number) in found.OrderBy(f => f.Address))
        {
            Assert.That(reader.Read(address, out var record), Is.EqualTo(LogReadStatus.Found));
            Assert.That(new RecordHeader(record).LogSequence, Is.EqualTo(++sequence));
            Assert.That(TestRecords.Read(record), Is.EqualTo((session, number, true)));
        }
        foreach (var session in found.GroupBy(f => f.Session))
            Assert.That(session.OrderBy(f => f.Address).Select(f => f.Number), Is.Ordered);
    }

    [Test]
    public async Task Records_up_to_the_largest_are_taken_and_larger_ones_are_not()
    {
        await using var log = await OpenLog.OpenAsync(Create());
        var smallest = TestRecords.Run("s", 1, 0);
        // What a record adds to its payload depends a little on the payload's length.
        var nearly = log.Log.MaxRecordBytes - 300;
        var largest = TestRecords.Run("s", 2, log.Log.MaxRecordBytes - (TestRecords.Run("s", 2, nearly).Length - nearly));
        Assert.That(largest, Has.Length.EqualTo(log.Log.MaxRecordBytes));

        var addresses = new List<long>();
        foreach (var record in new[] { smallest, largest, largest, smallest })
            Assert.That(await log.AppendAsync(record, (address, _) => addresses.Add(address)), Is.EqualTo(AppendStatus.Appended));
        await log.DurableAsync(addresses[^1] + 1);
        using var reader = log.Log.OpenReader();
        foreach (var address in addresses)
            Assert.That(reader.Read(address, out _), Is.EqualTo(LogReadStatus.Found));

        var tooLarge = TestRecords.Run("s", 3, log.Log.MaxRecordBytes);
        Assert.That(() => log.Log.Append(tooLarge, out _, out _), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public async Task A_prefetch_of_any_address_does_no_harm()
    {
        await using var log = await OpenLog.OpenAsync(Create());
        long address = 0, end = 0;
        await log.AppendAsync(TestRecords.Run("s", 1, 300), (a, e) => (address, end) = (a, e));
        await log.DurableAsync(end);
        using var reader = log.Log.OpenReader();
        foreach (var any in (long[])[address, end, end + 1, 0, 1, -1, long.MinValue, long.MaxValue, 1L << 60])
        {
            reader.Prefetch(any);
            Assert.That(reader.Read(address, out var record), Is.EqualTo(LogReadStatus.Found));
            reader.Prefetch(any);
            reader.PrefetchPrevious([any, address, any]);
            Assert.That(TestRecords.Read(record), Is.EqualTo(("s", 1L, true)), "what was read stays");
        }
    }

    [Test]
    public async Task An_address_that_holds_no_record_is_reported_and_not_thrown()
    {
        await using var log = await OpenLog.OpenAsync(Create());
        long address = 0, end = 0;
        await log.AppendAsync(TestRecords.Run("s", 1, 5000), (a, e) => (address, end) = (a, e));
        await log.DurableAsync(end);

        using var reader = log.Log.OpenReader();
        for (var offset = 1; offset < 5000; offset++)
            Assert.That(reader.Read(address + offset, out _), Is.Not.EqualTo(LogReadStatus.Found));
        Assert.That(reader.Read(end, out _), Is.Not.EqualTo(LogReadStatus.Found));
        Assert.That(reader.Read(1L << 60, out _), Is.Not.EqualTo(LogReadStatus.Found));
        Assert.That(reader.Read(address, out _), Is.EqualTo(LogReadStatus.Found));
    }

    [Test]
    public async Task The_newest_record_of_each_session_is_found_once_the_index_has_come_to_it()
    {
        await using var log = await OpenLog.OpenAsync(Create());
        var newest = new Dictionary<string, (long Address, long End)>();
        var random = new Random(3);
        for (var number = 1L; number <= 4000; number++)
        {
            var session = $"session-{random.Next(1500)}";
            var record = TestRecords.Run(session, number, previous: newest.GetValueOrDefault(session).Address);
            await log.AppendAsync(record, (address, end) => newest[session] = (address, end));
        }
        var last = newest.Values.Max(r => r.End);
        await log.DurableAsync(last);
        await log.IndexedAsync(last);

        foreach (var (session, record) in newest)
            Assert.That(Candidates(log.Log, Encoding.UTF8.GetBytes(session)), Is.EqualTo(new[] { record.Address }));
        for (var i = 1500; i <= 1600; i++)
            Assert.That(Candidates(log.Log, Encoding.UTF8.GetBytes($"session-{i}")), Is.Empty);
    }

    /// <summary>All candidates for a session.</summary>
    protected static List<long> Candidates(IMessageLog log, byte[] sessionId)
    {
        var candidates = new List<long>();
        for (var attempt = 0; log.TryFind(sessionId, attempt, out var address); attempt++)
            candidates.Add(address);
        return candidates;
    }
}
