using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Measurement;

namespace Wire.Load.Tests.Engine;

/// <summary>An open loop sends what is due, and counts a message's latency from when it was due.</summary>
[TestFixture]
internal sealed class SendWindowTests
{
    [FsCheck.NUnit.Property]
    public Property A_publish_is_to_be_sent_from_its_time_on() => Prop.ForAll(
        Gen.Choose(0, 100_000).ToArbitrary(), Gen.Choose(4, 100_000).ToArbitrary(), Gen.Choose(0, 999).ToArbitrary(), (number, interval, share) =>
        {
            var schedule = new SendSchedule(interval + 0.5, share / 1000.0);
            Assert.That(schedule.ToBeSent(long.MaxValue / 2), Is.Zero, "it has not begun");
            schedule.Begin(1_000_000);
            var time = schedule.SendTime(number);
            Assert.That(schedule.Due(number), Is.EqualTo(time));
            Assert.That(schedule.ToBeSent(time + 1), Is.EqualTo(number + 1));
            Assert.That(schedule.ToBeSent(time - 1), Is.EqualTo(number));
        });

    [FsCheck.NUnit.Property]
    public Property Publishes_that_are_due_wait_for_others_no_longer_than_they_may() => Prop.ForAll(
        Gen.Choose(0, 100_000).ToArbitrary(), Gen.Choose(4, 100_000).ToArbitrary(), Gen.Choose(0, 9999).ToArbitrary(), (number, interval, more) =>
        {
            var (linger, share) = (1000 * (1 + (more % 100)), more / 10_000.0);
            var schedule = new SendSchedule(interval + 0.5, share, linger);
            Assert.That(schedule.ToBeSent(long.MaxValue / 2), Is.Zero, "it has not begun");
            schedule.Begin(1_000_000);
            var (due, time) = (schedule.Due(number), schedule.SendTime(number));
            Assert.That(time, Is.InRange(due, due + linger + 1));
            Assert.That(schedule.ToBeSent(time + 1), Is.GreaterThan(number));
            Assert.That(schedule.ToBeSent(time - 2), Is.LessThanOrEqualTo(number), "it goes with those of its time");
            Assert.That(schedule.ToBeSent(time + 1), Is.EqualTo(schedule.ToBeSent(time + linger - 2)), "and none before the next one");
        });

    [Test]
    public void What_is_due_goes_out_as_far_as_there_is_room()
    {
        var window = new SendWindow(depth: 5, schedule: new SendSchedule(interval: 10, share: 0.3));
        window.Begin(1000);
        Assert.That((window.Fill(1002), window.NextSend), Is.EqualTo((0, 1003L)));
        Assert.That((window.Fill(1023), window.NextSend), Is.EqualTo((3, 1033L)));
        Assert.That((window.Fill(1100), window.NextSend), Is.EqualTo((2, long.MaxValue)), "no room");
        window.Answer(1);
        window.Complete(1100, null);
        Assert.That((window.Fill(1100), window.NextSend), Is.EqualTo((1, long.MaxValue)));
        Assert.That(window.Sent, Is.EqualTo(6));
    }

    [Test]
    public void The_time_that_a_message_waits_to_be_sent_is_part_of_its_latency()
    {
        var window = new SendWindow(depth: 1, schedule: new SendSchedule(interval: 10, share: 0));
        var latencies = new LatencyHistogram();
        window.Begin(0);
        Assert.That(window.Fill(0), Is.EqualTo(1));
        window.Answer(1);
        window.Complete(100, latencies);
        Assert.That(window.Fill(100), Is.EqualTo(1), "due at 10");
        window.Answer(1);
        window.Complete(105, latencies);
        Assert.That((latencies.Count, latencies.ValueAt(0.5), latencies.ValueAt(1)), Is.EqualTo((2L, 95L, 100L)));
    }

    [Test]
    public void A_publish_is_over_once_all_followers_have_it()
    {
        var window = new SendWindow(depth: 4, followers: 3);
        Assert.That(window.Fill(0), Is.EqualTo(4));
        window.Answer(4);
        window.Deliver(0, 4);
        window.Deliver(1, 1);
        Assert.That(window.Complete(0, null), Is.Zero);
        window.Deliver(2, 3);
        Assert.That(window.Complete(0, null), Is.EqualTo(1));
        window.Deliver(1, 1);
        Assert.That((window.Complete(0, null), window.Fill(0)), Is.EqualTo((1L, 2)));
        window.Deliver(1, 2);
        Assert.That((window.Complete(0, null), window.Delivered), Is.EqualTo((1L, 3L)));
        Assert.That(Enumerable.Range(0, 3).Select(window.DeliveredTo), Is.EqualTo([4L, 4L, 3L]));
    }

    [Test]
    public void Connections_take_turns()
    {
        var plan = LoadRunTests.Plan with { Connections = 4, Rate = 1e9 / 5 };
        var schedules = Enumerable.Range(0, 4).Select(i => plan.ScheduleOf(i)!).ToList();
        schedules.ForEach(schedule => schedule.Begin(0));
        Assert.That(Enumerable.Range(0, 12).Select(n => schedules[n % 4].Due(n / 4)), Is.EqualTo(Enumerable.Range(0, 12).Select(n => n * 5L)));
        Assert.That((LoadRunTests.Plan with { Rate = null }).ScheduleOf(0), Is.Null);
    }
}
