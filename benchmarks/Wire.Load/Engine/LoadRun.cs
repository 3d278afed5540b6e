using Wire.Load.Measurement;

namespace Wire.Load.Engine;

/// <summary>Runs a plan: all its engines, from the connections' opening to the check of all answers.</summary>
internal sealed class LoadRun : ILoadRun
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
        if (plan.Followers > 0 && plan.SharesSessions)
            throw new ArgumentException("Who follows needs sessions that no others publish to.", nameof(plan));
        _plan = plan;
        var own = plan.OwnConnections ?? plan.Connections;
        _publishers = [.. Enumerable.Range(plan.FirstConnection, own).Select(i => plan.Protocol.CreatePublisher(plan, i))];
        createPoller ??= BestPoller;
        var threads = Math.Min(plan.Threads, own);
        _signals = new LoadSignals(threads);
        var before = plan.FirstConnection * (1 + plan.Followers);
        for (var i = 0; i < threads; i++)
        {
            var part = _publishers.Where((_, number) => number % threads == i).ToList();
            _engines.Add(new LoadEngine(plan, _signals, part, before + _engines.Sum(e => e.ConnectionCount), createPoller()));
        }
    }

    /// <summary>The connections that publish.</summary>
    public IReadOnlyList<LoadConnection> Publishers => _publishers;

    /// <inheritdoc/>
    public bool IsRecording
    {
        set => _signals.IsRecording = value;
    }

    /// <summary>The fewest publishes that are over of any connection; any time.</summary>
    public long LeastCompleted => _publishers.Min(p => p.Window.Completed);

    /// <inheritdoc/>
    public long SentCount => _publishers.Sum(p => p.Window.Sent);

    /// <inheritdoc/>
    public void Open()
    {
        FileLimit.Check(_engines.Sum(e => e.ConnectionCount));
        foreach (var engine in _engines)
        {
            var thread = new Thread(engine.Run) { IsBackground = true, Name = "load" };
            _threads.Add(thread);
            thread.Start();
        }

        _signals.WaitUntilReady();
    }

    /// <inheritdoc/>
    public void Start() => _signals.Start();

    /// <inheritdoc/>
    public void Wait(TimeSpan time, CancellationToken cancellation) => _signals.Wait(time, cancellation);

    /// <inheritdoc/>
    public LoadCounters Read() =>
        new(MonotonicClock.Nanoseconds, _engines.Sum(e => e.Completed), _engines.Sum(e => e.Reads), LeastCompleted, LoadCounters.CpuOfThisProcess);

    /// <inheritdoc/>
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
