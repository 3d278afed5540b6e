using Wire.Load.Measurement;

namespace Wire.Load.Engine;

/// <summary>Runs a plan: all its engines, from the connections' opening to the check of all answers.</summary>
internal sealed class LoadRun : IDisposable
{
    private readonly LoadPlan _plan;
    private readonly LoadSignals _signals;
    private readonly LoadConnection[] _publishers;
    private readonly List<LoadEngine> _engines = [];
    private readonly List<Thread> _threads = [];

    /// <summary>Prepares a run; nothing is connected yet.</summary>
    /// <param name="plan">The load.</param>
    /// <param name="createPoller">Makes each thread's poller; null: the best one of this system.</param>
    public LoadRun(LoadPlan plan, Func<IPoller>? createPoller = null)
    {
        if (plan.Followers > 0 && plan.Sessions < plan.Connections)
            throw new ArgumentException("Who follows needs sessions that no others publish to.", nameof(plan));
        _plan = plan;
        _publishers = [.. Enumerable.Range(0, plan.Connections).Select(i => plan.Protocol.CreatePublisher(plan, i))];
        createPoller ??= BestPoller;
        var threads = Math.Min(plan.Threads, plan.Connections);
        _signals = new LoadSignals(threads);
        for (var i = 0; i < threads; i++)
        {
            var part = _publishers.Where((_, number) => number % threads == i).ToList();
            _engines.Add(new LoadEngine(plan, _signals, part, _engines.Sum(e => e.ConnectionCount), createPoller()));
        }
    }

    /// <summary>Whether latencies are recorded.</summary>
    public bool IsRecording
    {
        set => _signals.IsRecording = value;
    }

    /// <summary>The fewest publishes that are over of any connection; any time.</summary>
    public long LeastCompleted => _publishers.Min(p => p.Window.Completed);

    /// <summary>Messages sent; only after <see cref="Finish"/>.</summary>
    public long SentCount => _publishers.Sum(p => p.Window.Sent);

    /// <summary>Connects, and returns when every connection has its Welcome (and Subscribed).</summary>
    /// <exception cref="LoadFailureException">A connection or a handshake failed.</exception>
    public void Open()
    {
        FileLimit.Check(_engines.Sum(e => e.ConnectionCount), "the client: raise 'ulimit -n', or deal them out with --processes");
        foreach (var engine in _engines)
        {
            var thread = new Thread(engine.Run) { IsBackground = true, Name = "load" };
            _threads.Add(thread);
            thread.Start();
        }

        _signals.WaitUntilReady();
    }

    /// <summary>Begins to publish.</summary>
    public void Start() => _signals.Start();

    /// <summary>Lets the load go on for a time.</summary>
    /// <exception cref="LoadFailureException">An answer was wrong, or none came.</exception>
    public void Wait(TimeSpan time, CancellationToken cancellation) => _signals.Wait(time, cancellation);

    /// <summary>Reads the counters.</summary>
    public LoadCounters Read() =>
        new(MonotonicClock.Nanoseconds, _engines.Sum(e => e.Completed), _engines.Sum(e => e.Reads));

    /// <summary>Stops publishing, waits for all answers, closes, and checks that everything was answered exactly once.</summary>
    /// <returns>The latencies that were recorded.</returns>
    /// <exception cref="LoadFailureException">Something was not.</exception>
    public LatencyHistogram Finish()
    {
        _signals.Stop();
        Join();
        _signals.ThrowIfFailed();
        _plan.Protocol.Check(_plan, _publishers);

        var latencies = new LatencyHistogram();
        foreach (var engine in _engines)
            latencies.Add(engine.Latencies);
        return latencies;
    }

    /// <summary>The cheapest poller that this system has.</summary>
    internal static IPoller BestPoller() => OperatingSystem.IsLinux() ? new EpollPoller() : new SelectPoller();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_threads.Any(t => t.IsAlive))
            _signals.Fail(new LoadFailureException("The run was given up."));
        Join();
        foreach (var engine in _engines)
            engine.Dispose();
        _signals.Dispose();
    }

    // Every wait of an engine has its deadline, so its thread ends.
    private void Join()
    {
        foreach (var thread in _threads)
            thread.Join();
    }
}
