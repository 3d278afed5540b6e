namespace Wire.Storage.Compaction;

/// <summary>
/// Keeps compaction to a share of one core's time, and so of what it reads and writes: after a piece of work it rests for as much
/// longer. For one thread.
/// </summary>
/// <param name="time">What the work is measured with.</param>
/// <param name="end">Ends a rest, and the work after it.</param>
internal sealed class CompactionPace(TimeProvider time, CancellationToken end)
{
    /// <summary>
    /// Of one core. A core compresses some 150 MB of log a second, so this keeps up with a log that grows by 30 MB/s, and takes a
    /// tenth of what two cores can do.
    /// </summary>
    const double Share = 0.2;

    // Shorter rests are late by as much as they are long.
    static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(10);

    // Whatever the clock says, a piece is not larger.
    static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(1);

    long _since;
    TimeSpan _debt;

    /// <summary>Work begins.</summary>
    public void Begin() => (_since, _debt) = (time.GetTimestamp(), TimeSpan.Zero);

    /// <summary>A piece of it is done.</summary>
    /// <exception cref="OperationCanceledException">The log is being closed.</exception>
    public void Rest()
    {
        end.ThrowIfCancellationRequested();
        _debt += time.GetElapsedTime(_since) * ((1 - Share) / Share);
        if (_debt >= ShortestRest)
        {
            end.WaitHandle.WaitOne(_debt < LongestRest ? _debt : LongestRest);
            end.ThrowIfCancellationRequested();
            _debt = TimeSpan.Zero;
        }
        _since = time.GetTimestamp();
    }
}
