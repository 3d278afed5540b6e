using System.Text;
using Wire.Storage.Indexing;

namespace Wire.Storage.Tests;

public sealed class SessionIndexTests
{
    // The key 00 01 … 0f, the bytes 00 01 …; the first from the reference implementation's own list for 1-3, the others
    // computed by an independent implementation that gives the published values for 2-4.
    [TestCase(0, 0xabac0158050fc4dcUL)]
    [TestCase(1, 0xc9f49bf37d57ca93UL)]
    [TestCase(7, 0xd3927d989bb11140UL)]
    [TestCase(8, 0x369095118d299a8eUL)]
    [TestCase(9, 0x25a48eb36c063de4UL)]
    [TestCase(15, 0xd320d86d2a519956UL)]
    [TestCase(16, 0xcc4fdd1a7d908b66UL)]
    [TestCase(63, 0x9d199062b7bbb3a8UL)]
    public void The_hash_is_SipHash_1_3(int length, ulong expected)
    {
        var key = new UInt128(0x0f0e0d0c0b0a0908, 0x0706050403020100);
        var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        Assert.That(SipHash.Compute(key, bytes), Is.EqualTo(expected));
    }

    [TestCase(0, 0xd1fba762150c532cUL)]
    [TestCase(1, 0x68a914128e01e473UL)]
    public void The_hash_is_SipHash_1_3_with_the_key_zero(int length, ulong expected) =>
        Assert.That(SipHash.Compute(0, new byte[length]), Is.EqualTo(expected));

    [Test]
    public void Sessions_with_one_hash_keep_a_place_each()
    {
        var index = new SessionIndex(1);
        var hash = index.HashOf("a"u8);
        index.Put(hash, 0, 100);
        index.Put(hash, 0, 200); // another session, new
        index.Put(hash, 100, 300); // the first one's next record
        index.Put(hash, 200, 400);
        index.Put(hash, 400, 500);
        Assert.That(Candidates(index, "a"u8), Is.EquivalentTo(new[] { 300L, 500L }));
        Assert.That(index.Count, Is.EqualTo(2));
    }

    [Test]
    public void It_holds_what_a_dictionary_holds()
    {
        var index = new SessionIndex(new UInt128(123, 456));
        var expected = new Dictionary<string, long>();
        var random = new Random(5);
        for (var i = 1; i <= 200_000; i++)
        {
            var id = $"session-{random.Next(60_000)}";
            var previous = expected.GetValueOrDefault(id);
            index.Put(index.HashOf(Encoding.UTF8.GetBytes(id)), previous, i * 4L);
            expected[id] = i * 4L;
        }
        Assert.That(index.Count, Is.EqualTo(expected.Count));
        foreach (var (id, address) in expected)
            Assert.That(Candidates(index, Encoding.UTF8.GetBytes(id)), Is.EqualTo(new[] { address }));
    }

    [Test]
    public void Sessions_are_forgotten_retired_and_carried_over()
    {
        var index = new SessionIndex(new UInt128(7, 8));
        var expected = new Dictionary<string, long>();
        var random = new Random(6);
        for (var i = 1; i <= 100_000; i++)
        {
            var id = $"session-{random.Next(5_000)}";
            var hash = index.HashOf(Encoding.UTF8.GetBytes(id));
            var known = expected.TryGetValue(id, out var address);
            if (known && random.Next(4) == 0)
            {
                Assert.That(index.Forget(hash, address + 1), Is.False);
                Assert.That(index.Forget(hash, address), Is.True);
                expected.Remove(id);
            }
            else
            {
                index.Put(hash, address, i * 4L);
                expected[id] = i * 4L;
            }
            if (i % 20_000 == 0)
            {
                var begin = i * 2L;
                index.RemoveBelow(begin);
                foreach (var old in expected.Where(e => e.Value < begin).Select(e => e.Key).ToList())
                    expected.Remove(old);
            }
            if (i % 33_000 == 0)
            {
                var carried = new SessionIndex(new UInt128(7, 8));
                SessionIndex.Entry[] entries = [];
                for (var part = 0; part < SessionIndex.Parts; part++)
                {
                    var count = index.CopyPart(part, ref entries);
                    carried.Fill(part, entries.AsSpan(0, count));
                }
                index = carried;
            }
        }
        Assert.That(index.Count, Is.EqualTo(expected.Count));
        for (var i = 0; i < 5_000; i++)
        {
            var id = $"session-{i}";
            Assert.That(Candidates(index, Encoding.UTF8.GetBytes(id)), expected.TryGetValue(id, out var address) ? Is.EqualTo(new[] { address }) : Is.Empty);
        }
    }

    [Test]
    public void Threads_may_use_it_at_once()
    {
        var index = new SessionIndex(9);
        Parallel.For(0, 4, worker =>
        {
            for (var i = 1; i <= 20_000; i++)
            {
                var id = Encoding.UTF8.GetBytes($"{worker}-{i % 5000}");
                index.TryFind(id, 0, out var previous);
                index.Put(index.HashOf(id), previous, (long)worker << 32 | (uint)i);
            }
        });
        for (var worker = 0; worker < 4; worker++)
        {
            for (var i = 15_001; i <= 20_000; i++)
                Assert.That(Candidates(index, Encoding.UTF8.GetBytes($"{worker}-{i % 5000}")), Is.EqualTo(new[] { (long)worker << 32 | (uint)i }));
        }
    }

    static List<long> Candidates(SessionIndex index, ReadOnlySpan<byte> id)
    {
        var candidates = new List<long>();
        for (var attempt = 0; index.TryFind(id, attempt, out var address); attempt++)
            candidates.Add(address);
        return candidates;
    }
}
