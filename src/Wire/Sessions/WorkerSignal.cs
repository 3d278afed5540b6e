namespace Wire.Sessions;

/// <summary>Something that a worker does between batches, under its own order.</summary>
internal abstract class WorkerSignal
{
    public abstract void Run(SessionWorker worker);
}

/// <summary>Passes through a worker: what it had taken up before is done with.</summary>
internal sealed class BarrierSignal : WorkerSignal
{
    private readonly TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Passed => _passed.Task;

    public override void Run(SessionWorker worker) => _passed.TrySetResult();
}

/// <summary>A connection has ended.</summary>
internal sealed class DisconnectedSignal(SessionBatch batch) : WorkerSignal
{
    public override void Run(SessionWorker worker) => worker.OnDisconnected(batch);
}
