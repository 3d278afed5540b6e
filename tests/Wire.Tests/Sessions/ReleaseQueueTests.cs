using System.Runtime.CompilerServices;
using Wire.Sessions;

namespace Wire.Tests.Sessions;

internal sealed class ReleaseQueueTests
{
    [Test]
    public void Entries_come_out_in_order_and_are_found_by_position()
    {
        var random = new Random(4);
        var queue = new ReleaseQueue();
        var model = new Queue<(long Position, ulong Id)>();
        Assert.That(Unsafe.IsNullRef(ref queue.LastOrNull), Is.True);
        for (ulong id = 1; id < 50_000; id++)
        {
            if (random.Next(10_000) < (id < 25_000 ? 4900 : 5100) && model.Count > 0)
            {
                Assert.That(queue.First.PublishId, Is.EqualTo(model.Dequeue().Id));
                queue.RemoveFirst();
            }
            else
            {
                ref var entry = ref queue.Add();
                Assert.That((entry.PublishId, entry.Session), Is.EqualTo((0ul, default(Session))));
                entry.PublishId = id;
                model.Enqueue((queue.LastPosition, id));
                Assert.That(queue.LastOrNull.PublishId, Is.EqualTo(id));
            }
            Assert.That(queue.Count, Is.EqualTo(model.Count));
            if (model.Count == 0 || id % 100 != 0)
                continue;
            var (position, expected) = model.ElementAt(random.Next(model.Count));
            Assert.That(queue.At(position).PublishId, Is.EqualTo(expected));
        }
    }
}
