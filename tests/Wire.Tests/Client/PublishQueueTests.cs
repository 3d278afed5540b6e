using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Wire.Client;
using Wire.Framing;

namespace Wire.Tests.Client;

/// <summary>The file itself: cuts, damage, and that it does not grow with what was answered.</summary>
internal sealed class PublishQueueTests
{
    private const string ClientId = "visitor-1";
    private static readonly string[] Sessions = ["a", "bb"];

    private DirectoryInfo _folder = null!;

    private string FilePath => Path.Combine(_folder.FullName, "queue");

    [SetUp]
    public void NewFolder() => _folder = Directory.CreateTempSubdirectory("wire-queue-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [Test]
    public void A_tail_that_is_torn_anywhere_is_cut()
    {
        var ends = new List<long>();
        using (var queue = Open())
        {
            ends.Add(new FileInfo(FilePath).Length);
            for (var i = 1ul; i <= 3; i++)
            {
                Add(queue, "a", i);
                ends.Add(new FileInfo(FilePath).Length);
            }
        }
        var whole = File.ReadAllBytes(FilePath);
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(FilePath, whole[..length]);
            var expected = ends.Count(end => end <= length) - 1;
            using (var queue = Open())
            {
                Assert.That(queue.TakeRecovered(), Has.Count.EqualTo(Math.Max(0, expected)), $"cut at {length}");
                Add(queue, "a", 9);
            }
            using (var queue = Open())
                Assert.That(queue.TakeRecovered(), Has.Count.EqualTo(Math.Max(0, expected) + 1), "what comes behind a cut is found");
        }
    }

    [Test]
    public void Damage_before_the_end_is_named_with_its_place_and_changes_nothing()
    {
        using (var queue = Open())
        {
            for (var i = 1ul; i <= 3; i++)
                Add(queue, "a", i);
        }
        var whole = File.ReadAllBytes(FilePath);
        var last = whole.AsSpan().LastIndexOf("WIRQ"u8);
        for (var at = 0; at < last; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x10;
            File.WriteAllBytes(FilePath, damaged);
            var failure = Assert.Throws<WireQueueException>(() => Open().Dispose(), $"byte {at}");
            Assert.That(failure.Message, Does.Contain("byte").Or.Contain("no queue"));
            Assert.That(File.ReadAllBytes(FilePath), Is.EqualTo(damaged));
        }
    }

    [Test]
    public void A_later_versions_file_is_refused()
    {
        Open().Dispose();
        byte[] record = [.. new byte[QueueRecord.HeadBytes], 1, 2, 3];
        QueueRecord.Seal(record, (QueueRecordType)99);
        File.AppendAllBytes(FilePath, record);
        Assert.That(Assert.Throws<WireQueueException>(() => Open()).Message, Does.Contain("later version"));
    }

    [Test]
    public void It_does_not_grow_with_what_is_answered([Values(0, 1)] int unanswered)
    {
        using (var queue = Open())
        {
            if (unanswered == 1)
                Add(queue, "bb", 1);
            for (var i = 2ul; i < 600; i++)
            {
                Add(queue, "a", i, bytes: 100_000);
                queue.Answered("a"u8, i);
            }
            Assert.That(new FileInfo(FilePath).Length, Is.LessThan(unanswered == 0 ? 1_300_000 : 17_000_000));
        }
        using (var queue = Open())
        {
            Assert.That(queue.TakeRecovered().Select(publish => publish.PublishId), Is.EqualTo(unanswered == 0 ? [] : new[] { 1ul }));
            Assert.That(queue.HighestId, Is.EqualTo(599));
        }
        Assert.That(File.Exists(FilePath + ".new"), Is.False);
    }

    [Test]
    public void A_disk_that_takes_nothing_is_named_and_loses_nothing()
    {
        if (!File.Exists("/dev/full"))
            Assert.Ignore("needs /dev/full");
        File.CreateSymbolicLink(FilePath, "/dev/full");
        Assert.That(Assert.Throws<WireQueueException>(() => Open()).Path, Is.EqualTo(FilePath));
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property It_holds_what_is_unanswered_whatever_happened_before() => Prop.ForAll(Gen.Choose(0, 255).ListOf().ToArbitrary(), steps =>
    {
        File.Delete(FilePath);
        var queue = Open();
        var expected = new[] { new SortedSet<ulong>(), new SortedSet<ulong>() };
        var next = 1ul;
        foreach (var step in steps.Append(7))
        {
            var session = (step >> 3) & 1;
            var name = Encoding.UTF8.GetBytes(Sessions[session]);
            var some = expected[session].Skip(step >> 4).FirstOrDefault();
            switch (step & 7)
            {
                case < 4:
                    Add(queue, Sessions[session], next);
                    expected[session].Add(next++);
                    break;
                case 4 when some != 0:
                    queue.Removed(name, some);
                    expected[session].Remove(some);
                    break;
                case 5 when some != 0:
                    queue.Answered(name, some);
                    expected[session].RemoveWhere(id => id <= some);
                    break;
                case 7:
                    queue.Dispose();
                    queue = Open();
                    var left = queue.TakeRecovered().ToLookup(publish => Encoding.UTF8.GetString(publish.SessionUtf8), publish => publish.PublishId);
                    Assert.That(left["a"], Is.EqualTo(expected[0]));
                    Assert.That(left["bb"], Is.EqualTo(expected[1]));
                    Assert.That(queue.HighestId, Is.EqualTo(next - 1));
                    break;
            }
        }
        queue.Dispose();
    });

    private PublishQueue Open() => PublishQueue.Open(new WireQueueOptions { Path = FilePath }, ClientId);

    private static void Add(PublishQueue queue, string session, ulong id, int bytes = 20)
        => queue.Add(new PublishView { SessionId = Encoding.UTF8.GetBytes(session), PublishId = id, Payload = new byte[bytes] });
}
