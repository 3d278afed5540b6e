using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Frames;
using Wire.Protocol;

namespace Wire.Load.Tests.Frames;

[TestFixture]
internal sealed class PublishFramesTests
{
    [Test]
    public void Each_batch_is_the_next_publishes_as_a_stock_parser_reads_them([Values(1, 2, 3, 7, 1234)] int sessions)
    {
        // With more sessions than are taken at once the session's number is written too, else the slots of each are encoded before.
        const int depth = 5;
        var names = new SessionNames("run-", digits: 5, first: 3, step: 7, sessions);
        string[] ids = [.. Enumerable.Range(0, sessions).Select(i => $"run-{3 + (7 * i):D5}")];
        var frames = new PublishFrames(names, depth, payloadBytes: 64, Durability.Disk);
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
        var frames = new PublishFrames(OneSession, 2, payloadBytes, Durability.Default);
        frames.Take(2);
        var start = frames.Take(1);
        var publish = Delimited.Read(frames.Buffer.AsSpan(start, frames.FrameBytes)).Single().Publish;
        Assert.That(publish.PublishId, Is.EqualTo(PublishFrames.FirstPublishId + 2));
        Assert.That(publish.Payload, Has.Length.EqualTo(payloadBytes));
    }

    [Test]
    public void Only_the_same_frame_with_the_right_id_is_an_echo()
    {
        var frames = new PublishFrames(OneSession, 1, 64, Durability.Default);
        frames.Take(1);
        var start = frames.Take(1);
        var frame = frames.Buffer.AsSpan(start + 1, frames.FrameBytes - 1);

        Assert.That(frames.IsEcho(frame, PublishFrames.FirstPublishId + 1), Is.True);
        Assert.That(frames.IsEcho(frame, PublishFrames.FirstPublishId), Is.False);
        Assert.That(frames.IsEcho(frame[..^1], PublishFrames.FirstPublishId + 1), Is.False);
    }

    private static SessionNames OneSession => new("", digits: 1, first: 0, step: 1, count: 1);
}
