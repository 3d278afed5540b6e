using NUnit.Framework;
using Wire.Load.Frames;
using Wire.Protocol;

namespace Wire.Load.Tests.Frames;

[TestFixture]
internal sealed class PublishFramesTests
{
    [Test]
    public void Each_batch_is_the_next_publishes_as_a_stock_parser_reads_them([Values(1, 2, 3, 7)] int sessions)
    {
        string[] ids = [.. Enumerable.Range(0, sessions).Select(i => $"run-{i}")];
        const int depth = 5;
        var frames = new PublishFrames(ids, depth, payloadBytes: 64, Durability.Disk);
        var next = 0;
        // Over several turns of the sessions, and over the ids at which the first, second and third byte overflow.
        foreach (var count in Enumerable.Range(0, 10_000).Select(i => 1 + (i % depth)))
        {
            var start = frames.Take(count);
            var batch = Delimited.Read(frames.Buffer.AsSpan(start, count * frames.FrameBytes));
            Assert.That(batch, Has.Count.EqualTo(count));
            foreach (var publish in batch.Select(f => f.Publish))
            {
                Assert.That(publish.SessionId, Is.EqualTo(ids[next % sessions]));
                Assert.That(publish.PublishId, Is.EqualTo(PublishFrames.FirstPublishId + (ulong)(next / sessions)));
                Assert.That(publish.Payload, Has.Length.EqualTo(64));
                Assert.That(publish.Durability, Is.EqualTo(Durability.Disk));
                next++;
            }
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(90)]
    [TestCase(128)]
    [TestCase(20_000)]
    [TestCase(1_000_000)]
    public void The_id_is_found_whatever_the_lengths_in_front_of_it(int payloadBytes)
    {
        var frames = new PublishFrames(["s"], 2, payloadBytes, Durability.Default);
        frames.Take(2);
        var start = frames.Take(1);
        var publish = Delimited.Read(frames.Buffer.AsSpan(start, frames.FrameBytes)).Single().Publish;
        Assert.That(publish.PublishId, Is.EqualTo(PublishFrames.FirstPublishId + 2));
        Assert.That(publish.Payload, Has.Length.EqualTo(payloadBytes));
    }

    [Test]
    public void Only_the_same_frame_with_the_right_id_is_an_echo()
    {
        var frames = new PublishFrames(["s"], 1, 64, Durability.Default);
        frames.Take(1);
        var start = frames.Take(1);
        var frame = frames.Buffer.AsSpan(start + 1, frames.FrameBytes - 1);

        Assert.That(frames.IsEcho(frame, PublishFrames.FirstPublishId + 1), Is.True);
        Assert.That(frames.IsEcho(frame, PublishFrames.FirstPublishId), Is.False);
        Assert.That(frames.IsEcho(frame[..^1], PublishFrames.FirstPublishId + 1), Is.False);
    }

    [Test]
    public void Sessions_of_different_lengths_are_refused() =>
        Assert.That(() => new PublishFrames(["a", "bb"], 1, 1, Durability.Default), Throws.ArgumentException);
}
