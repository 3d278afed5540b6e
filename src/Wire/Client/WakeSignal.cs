using System.Threading.Tasks.Sources;

namespace Wire.Client;

/// <summary>
/// Tells the write loop that something is due. Any number of calls before it looks are one. One waiter at a time; waiting
/// allocates nothing.
/// </summary>
internal sealed class WakeSignal : IValueTaskSource
{
    private const int Idle = 0;
    private const int IsSet = 1;
    private const int IsAwaited = 2;

    // The waiter goes on in the pool, by way of the queue of the thread that sets: a caller who sets and goes on with more is
    // through with that before the waiter looks, as long as no other thread is idle.
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private int _state;

    /// <remarks>
    /// What is due was written under a lock that the waiter takes when it looks. Where it looked too early, it had gone back to
    /// idle before it did, and that is seen here: so the plain read is enough.
    /// </remarks>
    public void Set()
    {
        if (Volatile.Read(ref _state) != IsSet && Interlocked.Exchange(ref _state, IsSet) == IsAwaited)
            _source.SetResult(true);
    }

    public ValueTask WaitAsync()
    {
        _source.Reset();
        if (Interlocked.CompareExchange(ref _state, IsAwaited, Idle) == Idle)
            return new ValueTask(this, _source.Version);

        // Before the caller looks for work: whoever brings some from here on sets it again.
        Interlocked.Exchange(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    void IValueTaskSource.GetResult(short token)
    {
        _source.GetResult(token);
        Interlocked.Exchange(ref _state, Idle);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _source.OnCompleted(continuation, state, token, flags);
}
