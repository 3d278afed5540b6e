using Wire.Log;

namespace Wire.Sessions;

/// <summary>Sessions of one worker that need a checkpoint before what lies below an address goes. The worker's from the moment it runs.</summary>
internal sealed class RetirementSignal(List<RetiringSession> sessions, long behind) : WorkerSignal
{
    private readonly TaskCompletionSource<long?> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Those that have none yet.</summary>
    public List<RetiringSession> Left => sessions;

    public long Behind => behind;

    /// <summary>The end of the newest checkpoint that was appended; 0 for none.</summary>
    public long End { get; set; }

    /// <summary>Whether a session could not be given one.</summary>
    public bool HasFailed { get; set; }

    /// <summary>What must be on stable storage; null where a session could not be given a checkpoint.</summary>
    public Task<long?> Result => _result.Task;

    public override void Run(SessionWorker worker) => worker.Take(this);

    public void Complete() => _result.TrySetResult(HasFailed ? null : End);
}

/// <summary>Messages of some sessions of one worker are gone.</summary>
internal sealed class RetiredSignal(List<RetiredSession> sessions) : WorkerSignal
{
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Complete when the worker knows.</summary>
    public Task Told => _told.Task;

    public override void Run(SessionWorker worker)
    {
        worker.OnRetired(sessions);
        _told.TrySetResult();
    }
}
