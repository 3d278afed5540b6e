using Wire.Handlers;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Tests.Log;

namespace Wire.Tests.Sessions;

/// <summary>
/// An engine on a log, and connections to it without a transport. Its end fails the test where the engine died, logged an
/// error that the test does not expect, or broke the log's contract.
/// </summary>
internal sealed class EngineHarness : IAsyncDisposable
{
    private readonly List<TestProducer> _producers = [];
    private readonly FaultLogger _logger = new();
    private int _seed;

    private EngineHarness(IMessageLog log, WireEngineOptions options, TimeProvider time, int seed)
    {
        Log = log;
        _seed = seed;
        Engine = new WireEngine(log, options, time, _logger);
    }

    public WireEngine Engine { get; }
    public IMessageLog Log { get; }

    /// <summary>The log, where it is a test's.</summary>
    public VolatileLog Volatile => (VolatileLog)Log;

    /// <summary>Errors that the test brings about: their event ids.</summary>
    public HashSet<int> ExpectedErrors { get; } = [];

    /// <summary>Whether sessions may be found damaged.</summary>
    public bool ExpectsDamage { get; set; }

    public FaultLogger Faults => _logger;

    public static async Task<EngineHarness> StartAsync(
        IMessageLog? log = null, Action<WireEngineOptions>? configure = null, TimeProvider? time = null, int seed = 1,
        IMessageHandler? handler = null, HandlerOptions? handlerOptions = null)
    {
        var options = new WireEngineOptions { Workers = 1 };
        configure?.Invoke(options);
        var harness = new EngineHarness(log ?? new VolatileLog(), options, time ?? new ManualTime(), seed);
        if (handler is not null)
            harness.Engine.UseHandler(handler, handlerOptions ?? new HandlerOptions());
        await harness.Engine.StartAsync(CancellationToken.None);
        return harness;
    }

    public async Task<TestProducer> ConnectAsync(string clientId, Role role = Role.Visitor, TestOutbox? outbox = null)
    {
        outbox ??= new TestOutbox();
        var connection = await Engine.ConnectAsync(clientId, role, outbox, CancellationToken.None).AsTask().WaitAsync(TestOutbox.Deadline);
        var producer = new TestProducer(this, connection, outbox, _seed++);
        lock (_producers)
            _producers.Add(producer);
        return producer;
    }

    /// <summary>
    /// Waits until each worker has done what it had to do, and its outboxes are flushed. It does not wait for what is read
    /// from the log meanwhile.
    /// </summary>
    public async Task SettleAsync()
    {
        // A barrier passes in the middle of a round; the next one passes after the end of that.
        for (var i = 0; i < 2; i++)
        {
            foreach (var worker in Engine.Workers)
            {
                var barrier = new BarrierSignal();
                worker.Post(barrier);
                await barrier.Passed.WaitAsync(TestOutbox.Deadline);
            }
        }
    }

    /// <summary>The sessions that are loaded.</summary>
    public int LoadedSessions => Engine.Workers.Sum(w => w.LoadedSessions);

    /// <summary>Ends all connections, as the end of the process does.</summary>
    public async Task DropAllAsync()
    {
        TestProducer[] producers;
        lock (_producers)
            producers = [.. _producers];
        foreach (var producer in producers)
            await producer.DropAsync().WaitAsync(TestOutbox.Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        if (Log is VolatileLog log)
        {
            log.HoldsReads = false;
            log.IsAutomatic = true;
            log.IsBusy = false;
            log.Advance();
        }
        await DropAllAsync();
        await SettleAsync();
        if (Log.Health != LogHealth.Failed)
            await EmptyAsync();
        await Engine.StopAsync(CancellationToken.None).WaitAsync(TestOutbox.Deadline);
        Verify();
    }

    /// <summary>Waits until no more sessions are loaded than may be, which must come to pass once nobody needs them.</summary>
    public async Task EmptyAsync()
    {
        var most = Math.Max(Engine.Options.LoadedSessions, Engine.Workers.Length);
        for (var i = 0; LoadedSessions > most; i++)
        {
            Assert.That(i, Is.LessThan(10_000), $"{LoadedSessions} sessions are loaded, and {most} may be");
            await SettleAsync();
        }
    }

    /// <summary>Fails the test where the engine did.</summary>
    public void Verify()
    {
        var faults = _logger.Entries.Where(e => !ExpectedErrors.Contains(e.Id.Id) && (!ExpectsDamage || e.Id.Id != Diagnostics.EventIds.SessionDamaged)).Select(e => e.Text);
        Assert.That(faults, Is.Empty);
        if (Log is VolatileLog log)
            Assert.That(log.Violations, Is.Empty);
    }
}
