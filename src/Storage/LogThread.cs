namespace Wire.Storage;

/// <summary>
/// A thread that does a part of the log's work in the background, piece by piece, and at each tick what is due. It waits until it
/// is woken; a piece that throws ends it and is reported.
/// </summary>
internal sealed class LogThread
{
    readonly Func<bool, bool> _work;
    readonly Action<Exception> _failed;
    readonly Thread _thread;
    readonly object _signal = new();
    bool _woken;
    bool _ticked;
    bool _stopping;

    /// <param name="name">Of the thread.</param>
    /// <param name="work">Does one piece of work, true where there may be more; its argument says that a tick has come.</param>
    /// <param name="failed">Called with what <paramref name="work"/> threw.</param>
    public LogThread(string name, Func<bool, bool> work, Action<Exception> failed)
    {
        _work = work;
        _failed = failed;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    public void Start() => _thread.Start();

    public void Wake() => Signal(tick: false);

    public void Tick() => Signal(tick: true);

    /// <summary>Ends the thread after the piece of work that it is at; false where that takes longer than this.</summary>
    public bool Stop(TimeSpan timeout)
    {
        lock (_signal)
        {
            _stopping = true;
            Monitor.Pulse(_signal);
        }
        return _thread.ThreadState.HasFlag(ThreadState.Unstarted) || _thread.Join(timeout);
    }

    void Signal(bool tick)
    {
        lock (_signal)
        {
            _woken = true;
            _ticked |= tick;
            Monitor.Pulse(_signal);
        }
    }

    void Run()
    {
        try
        {
            var more = false;
            while (Wait(more, out var tick))
                more = _work(tick);
        }
        catch (Exception e)
        {
            _failed(e);
        }
    }

    bool Wait(bool more, out bool tick)
    {
        lock (_signal)
        {
            while (!more && !_woken && !_stopping)
                Monitor.Wait(_signal);
            (tick, _ticked, _woken) = (_ticked, false, false);
            return !_stopping;
        }
    }
}
