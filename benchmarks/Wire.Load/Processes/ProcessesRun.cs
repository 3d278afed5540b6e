using System.Text.Json;
using Wire.Load.Engine;
using Wire.Load.Measurement;

namespace Wire.Load.Processes;

/// <summary>A plan whose connections are dealt out to client processes, which all are told the same at the same time.</summary>
internal sealed class ProcessesRun : ILoadRun
{
    // How long it may take until a client's failure is seen.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly LoadPlan _plan;
    private readonly IReadOnlyList<ChildProcess> _workers;

    /// <summary>Tells each its share.</summary>
    /// <param name="plan">The load of all together.</param>
    /// <param name="workers">At most as many as connections.</param>
    public ProcessesRun(LoadPlan plan, IReadOnlyList<ChildProcess> workers)
    {
        if (workers.Count > plan.Connections)
            throw new LoadFailureException($"{workers.Count} client processes are more than {plan.Connections} connections.");
        _plan = plan;
        _workers = workers;
        Tell(worker => LoadWorker.Plan + JsonSerializer.Serialize(Share(worker), WorkerJson.Default.LoadPlan));
    }

    /// <inheritdoc/>
    public bool IsRecording
    {
        set => Tell(value ? LoadWorker.Record : LoadWorker.Pause);
    }

    /// <inheritdoc/>
    public long SentCount { get; private set; }

    /// <inheritdoc/>
    public void Open() => Tell(LoadWorker.Open);

    /// <inheritdoc/>
    public void Start() => Tell(LoadWorker.Start);

    /// <inheritdoc/>
    public void Wait(TimeSpan time, CancellationToken cancellation)
    {
        var end = MonotonicClock.Nanoseconds + (long)time.TotalNanoseconds;
        for (var left = time; left > TimeSpan.Zero; left = TimeSpan.FromMicroseconds((end - MonotonicClock.Nanoseconds) / 1e3))
        {
            cancellation.WaitHandle.WaitOne(left < Look ? left : Look);
            cancellation.ThrowIfCancellationRequested();
            Tell(LoadWorker.Read);
        }
    }

    /// <inheritdoc/>
    public LoadCounters Read()
    {
        var all = Tell(LoadWorker.Read).Select(answer => answer.Counters).ToList();
        return new LoadCounters(
            (long)all.Average(c => (double)c.Nanoseconds),
            all.Sum(c => c.Completed),
            all.Sum(c => c.Reads),
            all.Min(c => c.LeastCompleted),
            all.Sum(c => c.CpuNanoseconds) + LoadCounters.CpuOfThisProcess);
    }

    /// <inheritdoc/>
    public LatencyHistogram Finish()
    {
        var all = Tell(LoadWorker.Finish);
        SentCount = all.Sum(answer => answer.Sent);
        _plan.Protocol.CheckShared(all.SelectMany(answer => answer.Shared));
        var latencies = new LatencyHistogram();
        foreach (var answer in all)
            latencies.AddPairs(answer.Latencies);
        return latencies;
    }

    /// <summary>Has the processes give up what is still under way; they are there for the next plan.</summary>
    public void Dispose()
    {
        try
        {
            Tell(LoadWorker.Drop);
        }
        catch (LoadFailureException)
        {
            // One has ended: whoever told it something was told so.
        }
    }

    private LoadPlan Share(int worker)
    {
        var first = (int)((long)_plan.Connections * worker / _workers.Count);
        var next = (int)((long)_plan.Connections * (worker + 1) / _workers.Count);
        return _plan with { FirstConnection = first, OwnConnections = next - first };
    }

    private List<WorkerAnswer> Tell(string line) => Tell(_ => line);

    // All first, so that they do it at the same time. Each has deadlines of its own, and answers when they are over.
    private List<WorkerAnswer> Tell(Func<int, string> line)
    {
        for (var i = 0; i < _workers.Count; i++)
            _workers[i].Write(line(i));
        var answers = _workers
            .Select(worker => JsonSerializer.Deserialize(worker.ReadLine(Timeout.InfiniteTimeSpan), WorkerJson.Default.WorkerAnswer)!)
            .ToList();
        if (answers.Find(answer => answer.Failure is not null) is { } failed)
            throw new LoadFailureException(failed.Failure!);
        return answers;
    }
}
