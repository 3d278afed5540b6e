namespace Wire.Storage.Tests;

/// <summary>A clock that moves when it is told to, and runs the timers that come due, on the thread that moves it.</summary>
internal sealed class ManualTime : TimeProvider
{
    readonly Lock _lock = new();
    readonly List<ManualTimer> _timers = [];
    DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    long _timestamp = TimeSpan.TicksPerHour;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _timestamp);

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        lock (_lock)
            _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock in steps of at most a millisecond's precision: each timer runs at its own time.</summary>
    public void Advance(TimeSpan by)
    {
        var until = GetTimestamp() + by.Ticks;
        while (true)
        {
            ManualTimer? due;
            lock (_lock)
            {
                due = _timers.Where(t => t.Due <= until).MinBy(t => t.Due);
                MoveTo(due?.Due ?? until);
                due?.Reschedule();
            }
            if (due is null)
                return;
            due.Run();
        }
    }

    void MoveTo(long timestamp)
    {
        if (timestamp <= _timestamp)
            return;
        _now += TimeSpan.FromTicks(timestamp - _timestamp);
        Interlocked.Exchange(ref _timestamp, timestamp);
    }

    sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        TimeSpan _period;

        public long Due { get; private set; } = long.MaxValue;

        public void Run() => callback(state);

        public void Reschedule() => Due = _period == Timeout.InfiniteTimeSpan ? long.MaxValue : Due + _period.Ticks;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : time._timestamp + dueTime.Ticks;
            }
            return true;
        }

        public void Dispose()
        {
            lock (time._lock)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
