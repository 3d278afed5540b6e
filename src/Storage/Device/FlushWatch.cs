namespace Wire.Storage.Device;

/// <summary>
/// Watches flushes that take long. While one is open and the device has nothing in hand, it is stranded: FASTER is poked, and
/// after <see cref="LatchAfter"/> given up. A device that is still busy is slow, not failed. Not thread-safe.
/// </summary>
internal sealed class FlushWatch
{
    public static readonly TimeSpan PokeAfter = TimeSpan.FromMilliseconds(5);
    public static readonly TimeSpan ReportAfter = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LatchAfter = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(5);

    long _flushed = -1;
    TimeSpan _since;
    bool _wasBusy;
    bool _reported;

    /// <summary>What to do now.</summary>
    public Verdict Look(TimeSpan now, bool flushIsOpen, bool deviceIsBusy, long flushedAddress)
    {
        if (!flushIsOpen && !deviceIsBusy)
        {
            _flushed = -1;
            return Verdict.Nothing;
        }
        if (flushedAddress != _flushed || deviceIsBusy != _wasBusy)
        {
            (_flushed, _wasBusy, _since, _reported) = (flushedAddress, deviceIsBusy, now, false);
            return Verdict.Nothing;
        }

        var waited = now - _since;
        if (deviceIsBusy)
            return waited >= SlowAfter ? Verdict.Slow : Verdict.Nothing;
        if (waited >= LatchAfter)
            return Verdict.Latch;
        if (waited >= ReportAfter && !_reported)
        {
            _reported = true;
            return Verdict.PokeAndReport;
        }
        return waited >= PokeAfter ? Verdict.Poke : Verdict.Nothing;
    }

    public enum Verdict
    {
        Nothing,
        Poke,
        PokeAndReport,
        Latch,
        Slow,
    }
}
