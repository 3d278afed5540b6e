using System.Text;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Tests.Log;

namespace Wire.Tests.Sessions;

internal sealed class ProducerMemoryTests
{
    private const string S = "session";

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_session_remembers_the_producers_that_stored_last(bool restarts)
    {
        var log = new VolatileLog(remembersAllProducers: false);
        var harness = await EngineHarness.StartAsync(log, o => o.ProducersPerSession = 10);
        for (var i = 0; i < 300; i++) // with a checkpoint among them
            await PublishAsync(harness, $"a{i}", 1);
        await PublishAsync(harness, "a290", 2);
        await PublishAsync(harness, "new", 1); // in place of a291, which stored longest ago now
        if (restarts)
        {
            await harness.DisposeAsync();
            harness = await EngineHarness.StartAsync(log.Crash(), o => o.ProducersPerSession = 10);
        }
        foreach (var remembered in new[] { "a290", "a292", "a299", "new" })
            Assert.That((await PublishAsync(harness, remembered, 1)).Duplicate, Is.True, remembered);
        Assert.That((await PublishAsync(harness, "a291", 1)).Duplicate, Is.False);
        await harness.DisposeAsync();
    }

    [Test]
    public void The_servers_own_producers_stay_whoever_else_comes()
    {
        var table = new ProducerTable(5);
        ulong sequence = 0;
        for (var i = 0; i < 20; i++)
            Store(table, $"$handler{i}", ++sequence);
        for (var i = 0; i < 100; i++)
            Store(table, $"client{i}", ++sequence);
        for (var i = 0; i < 20; i++)
            Assert.That(table.Find(Id($"$handler{i}"))?.Sequence, Is.EqualTo((ulong)i + 1));
        Assert.That(Enumerable.Range(0, 100).Where(i => table.Find(Id($"client{i}")) is not null), Is.EqualTo(Enumerable.Range(95, 5)));
        Assert.That(table.Count, Is.EqualTo(25));
    }

    [TestCase(1)]
    [TestCase(8)]
    [TestCase(9)]
    [TestCase(1000)]
    public void The_table_agrees_with_a_plain_list(int capacity)
    {
        var random = new Random(capacity);
        var table = new ProducerTable(capacity);
        var model = new List<(string Id, ulong PublishId)>(); // the one that stored last at the end
        for (ulong sequence = 1; sequence <= 5000; sequence++)
        {
            var id = $"p{random.Next(capacity * 2)}";
            var at = model.FindIndex(p => p.Id == id);
            var found = table.Find(Id(id));
            Assert.That(found?.PublishId, Is.EqualTo(at < 0 ? null : model[at].PublishId));
            table.Store(found, Id(id), sequence * 2, sequence);
            if (at >= 0)
                model.RemoveAt(at);
            model.Add((id, sequence * 2));
            if (model.Count > capacity)
                model.RemoveAt(0);
        }
        Assert.That(table.All.ToArray().OrderBy(p => p.Sequence).Select(p => Encoding.UTF8.GetString(p.ClientId)), Is.EqualTo(model.Select(p => p.Id)));
    }

    private static byte[] Id(string id) => Encoding.UTF8.GetBytes(id);

    private static void Store(ProducerTable table, string id, ulong sequence) => table.Store(table.Find(Id(id)), Id(id), sequence, sequence);

    private static async Task<Ack> PublishAsync(EngineHarness harness, string client, ulong id)
    {
        var producer = await harness.ConnectAsync(client);
        await producer.PublishAsync(S, id);
        var ack = (await producer.ReadAsync()).Ack;
        await producer.LeaveAsync();
        return ack;
    }
}
