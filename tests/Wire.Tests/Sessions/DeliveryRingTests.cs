using Wire.Sessions;

namespace Wire.Tests.Sessions;

internal sealed class DeliveryRingTests
{
    [Test]
    public void Pieces_come_out_as_they_went_in_whatever_their_sizes()
    {
        var random = new Random(3);
        var budget = new RingBudget(8 << 20);
        var ring = new DeliveryRing(budget);
        var waiting = new Queue<(byte Mark, int Size)>();
        byte mark = 0;
        for (var i = 0; i < 20_000; i++)
        {
            if (random.Next(2) == 0 && waiting.TryDequeue(out var oldest))
            {
                Assert.That(ring.Peek(oldest.Size).IndexOfAnyExcept(oldest.Mark), Is.EqualTo(-1), $"piece {i}");
                ring.Release(oldest.Size);
                continue;
            }
            var size = random.Next(10) == 0 ? random.Next(1, 900_000) : random.Next(1, 2000);
            var room = ring.Reserve(size);
            if (room.IsEmpty)
                continue;
            size = random.Next(1, size + 1); // what is written may be less than what was reserved
            room[..size].Fill(++mark);
            ring.Commit(size);
            waiting.Enqueue((mark, size));
        }
        while (waiting.TryDequeue(out var rest))
        {
            Assert.That(ring.Peek(rest.Size).IndexOfAnyExcept(rest.Mark), Is.EqualTo(-1));
            ring.Release(rest.Size);
        }
        // At most one block is kept while nothing waits; all else went back.
        Assert.That(budget.TryTake((8 << 20) - 256 * 1024), Is.True);
    }

    [Test]
    public void Nothing_is_taken_beyond_the_budget()
    {
        var ring = new DeliveryRing(new RingBudget(600 * 1024));
        for (var i = 0; i < 2; i++)
        {
            Assert.That(ring.Reserve(200 * 1024).IsEmpty, Is.False);
            ring.Commit(200 * 1024);
        }
        Assert.That(ring.Reserve(200 * 1024).IsEmpty, Is.True);
        ring.Release(200 * 1024);
        Assert.That(ring.Reserve(200 * 1024).IsEmpty, Is.False);
    }
}
