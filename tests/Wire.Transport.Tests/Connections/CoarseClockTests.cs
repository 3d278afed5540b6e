using Wire.Transport.Connections;

namespace Wire.Transport.Tests.Connections;

public sealed class CoarseClockTests
{
    private readonly ManualTime _time = new();

    [Test]
    public void It_follows_the_clock_without_losing_fractions()
    {
        var clock = new CoarseClock(_time, TimeSpan.FromSeconds(1));
        for (var step = 0; step < 1000; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1.5));
            clock.Advance();
        }
        Assert.That(clock.Now, Is.EqualTo(1500));
    }

    [Test]
    public void Time_in_which_the_process_stood_still_counts_for_two_periods_at_most()
    {
        var clock = new CoarseClock(_time, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromHours(1));
        clock.Advance();
        Assert.That(clock.Now, Is.EqualTo(2000));
        _time.Advance(TimeSpan.FromSeconds(1));
        clock.Advance();
        Assert.That(clock.Now, Is.EqualTo(3000));
    }
}
