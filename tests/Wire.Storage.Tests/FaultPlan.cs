namespace Wire.Storage.Tests;

/// <summary>Which operation of the files goes wrong, and how: the n-th of some kinds, counted from when the plan is armed.</summary>
/// <param name="nth">From 1 on.</param>
/// <param name="concerns">Which operations are counted.</param>
/// <param name="fault">What becomes of the n-th.</param>
internal sealed class FaultPlan(int nth, Func<FileCall, bool> concerns, FileFault fault)
{
    int _count;

    /// <summary>What went wrong; null where it has not come to that.</summary>
    public FileCall? Hit { get; private set; }

    public bool WasHit => Volatile.Read(ref _count) >= nth;

    public FileFault? Ask(in FileCall call)
    {
        if (!concerns(call) || Interlocked.Increment(ref _count) != nth)
            return null;
        Hit = call;
        return fault;
    }
}
