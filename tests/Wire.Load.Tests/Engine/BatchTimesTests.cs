using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Measurement;

namespace Wire.Load.Tests.Engine;

[TestFixture]
internal sealed class BatchTimesTests
{
    [Test]
    public void Each_message_has_the_latency_of_its_own_batch()
    {
        var times = new BatchTimes(depth: 3);
        var latencies = new LatencyHistogram();
        times.Sent(2, nanoseconds: 100);
        times.Sent(1, nanoseconds: 150);
        times.Answered(1, 200, latencies);
        times.Answered(2, 210, latencies);
        times.Sent(3, nanoseconds: 210);
        times.Answered(3, 215, latencies);

        // 100, 110, 60, and three times 5.
        Assert.That(latencies.Count, Is.EqualTo(6));
        Assert.That(latencies.ValueAt(0.5), Is.EqualTo(5));
        Assert.That(latencies.ValueAt(4 / 6.0), Is.EqualTo(60));
        Assert.That(latencies.ValueAt(5 / 6.0), Is.EqualTo(100));
        Assert.That(latencies.ValueAt(1), Is.EqualTo(110));
    }

    [Test]
    public void What_is_not_recorded_is_forgotten_all_the_same()
    {
        var times = new BatchTimes(depth: 1);
        var latencies = new LatencyHistogram();
        for (var i = 0; i < 10; i++)
        {
            times.Sent(1, i * 1000);
            times.Answered(1, (i * 1000) + 7, i < 5 ? null : latencies);
        }

        Assert.That(latencies.Count, Is.EqualTo(5));
        Assert.That(latencies.ValueAt(1), Is.EqualTo(7));
    }
}
