using System.Runtime.ExceptionServices;

namespace Wire.Load.Engine;

/// <summary>What the measuring thread and the engines' threads tell each other.</summary>
internal sealed class LoadSignals(int engines) : IDisposable
{
    private readonly ManualResetEventSlim _start = new();
    private readonly ManualResetEventSlim _failed = new();
    private readonly CountdownEvent _ready = new(engines);
    private ExceptionDispatchInfo? _failure;
    private volatile bool _isPublishing;
    private volatile bool _isRecording;

    /// <summary>Whether new publishes go out: from <see cref="Start"/> to <see cref="Stop"/>.</summary>
    public bool IsPublishing => _isPublishing;

    /// <summary>Whether latencies are recorded.</summary>
    public bool IsRecording
    {
        get => _isRecording;
        set => _isRecording = value;
    }

    /// <summary>Whether an engine has failed, so that all stop.</summary>
    public bool IsFailed => _failed.IsSet;

    /// <summary>An engine's connections are ready; waits until all are and <see cref="Start"/> was called.</summary>
    /// <returns>False when the run is over instead.</returns>
    public bool ReadyToStart()
    {
        _ready.Signal();
        while (!_start.Wait(TimeSpan.FromMilliseconds(50)))
        {
            if (IsFailed)
                return false;
        }

        return !IsFailed;
    }

    /// <summary>Waits until all engines are ready.</summary>
    public void WaitUntilReady()
    {
        // Each engine has its own deadlines: it becomes ready or fails.
        WaitHandle.WaitAny([_ready.WaitHandle, _failed.WaitHandle]);
        ThrowIfFailed();
    }

    /// <summary>Lets the engines publish.</summary>
    public void Start()
    {
        _isPublishing = true;
        _start.Set();
    }

    /// <summary>Lets the engines wait for what is unanswered, and end.</summary>
    public void Stop() => _isPublishing = false;

    /// <summary>Ends the run with its first failure.</summary>
    public void Fail(Exception failure)
    {
        Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(failure), null);
        _failed.Set();
    }

    /// <summary>Waits for a time, or less where an engine fails, which it throws.</summary>
    public void Wait(TimeSpan time, CancellationToken cancellation)
    {
        _failed.Wait(time, cancellation);
        ThrowIfFailed();
    }

    /// <summary>Throws what an engine failed with, if one did.</summary>
    public void ThrowIfFailed() => Volatile.Read(ref _failure)?.Throw();

    /// <inheritdoc/>
    public void Dispose()
    {
        _start.Dispose();
        _failed.Dispose();
        _ready.Dispose();
    }
}
