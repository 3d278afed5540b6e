using System.Buffers;
using Wire.Client;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Tests.Client;

/// <summary>At steady state a pipelined publish allocates nothing, from the call to its answer, over a real socket.</summary>
[NonParallelizable]
internal sealed class PublisherAllocationTests : ClientFixture
{
    private const int Messages = 12_800;

    // It is 0; the runtime's own threads allocate now and then.
    private const double MaxBytesPerMessage = 0.1;

    [Test]
    public async Task A_message_allocates_nothing([Values(1, 16, 256)] int depth)
    {
        var client = Client(options => options.MaxUnanswered = depth);
        var answered = 0L;
        using var publisher = client.OpenPublisher("session-1", new WirePublisherOptions
        {
            MaxUnanswered = depth,
            OnAnswer = answer => Volatile.Write(ref answered, answered + answer.Count),
        });
        var connecting = client.ConnectAsync();
        var peer = await Server.AcceptAsync();
        var serving = Task.Run(() => ServeAsync(peer));
        await Within(connecting);

        var (lowest, lowestOfNothing) = (long.MaxValue, long.MaxValue);
        for (var round = 0; round < 10; round++)
        {
            lowestOfNothing = Math.Min(lowestOfNothing, await MeasureAsync(publisher, 0));
            lowest = Math.Min(lowest, await MeasureAsync(publisher, Messages));
        }
        TestContext.Out.WriteLine($"{lowest - lowestOfNothing} bytes for {Messages} messages");
        Assert.That(answered, Is.EqualTo(10L * Messages));
        Assert.That((lowest - lowestOfNothing) / (double)Messages, Is.LessThan(MaxBytesPerMessage));
        await client.DisposeAsync();
        await Within(serving);
    }

    private static async Task<long> MeasureAsync(WirePublisher publisher, int messages)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await Within(Task.Run(() => PublishAsync(publisher, messages))); // out of the test's synchronization context, which allocates
        await Within(publisher.FlushAsync());
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    private static async Task PublishAsync(WirePublisher publisher, int messages)
    {
        var payload = new byte[64];
        for (var i = 0; i < messages; i++)
            await publisher.PublishAsync(payload);
    }

    // A server that allocates nothing either: one Ack for all whole frames of a read.
    private static async Task ServeAsync(ScriptedPeer peer)
    {
        await peer.ReadAsync();
        await peer.SendAsync(Frames.Welcome());
        var stream = peer.Stream;
        var buffer = new byte[1 << 17];
        var answer = new byte[256];
        var (held, sequence) = (0, 0UL);
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(held));
            if (read == 0)
                return;
            held += read;
            var (taken, count, last) = Take(buffer, held);
            if (count == 0)
                continue;
            sequence += count;
            buffer.AsSpan(taken, held - taken).CopyTo(buffer);
            held -= taken;
            await stream.WriteAsync(answer.AsMemory(0, Answer(answer, last, sequence, count)));
        }
    }

    private static (int Taken, uint Count, ulong LastId) Take(byte[] buffer, int held)
    {
        var reader = new FrameReader(new ReadOnlySequence<byte>(buffer, 0, held), 1 << 20, Scratch);
        var (count, last) = (0u, 0UL);
        while (reader.Read(out var publish) == FrameStatus.Publish)
        {
            count++;
            last = publish.PublishId;
        }
        return ((int)reader.ConsumedBytes, count, last);
    }

    private static FrameScratch Scratch { get; } = new();

    private static int Answer(byte[] destination, ulong last, ulong sequence, uint count)
        => FrameWriter.WriteAck(destination, "session-1"u8, last, sequence, count, duplicate: false, (int)Durability.Disk);
}
