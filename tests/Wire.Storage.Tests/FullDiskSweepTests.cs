namespace Wire.Storage.Tests;

/// <summary>
/// A disk that becomes full before each single operation of a log's life, one run for each. The log refuses appends and reads on,
/// keeps what it has taken, is opened again while there is still no room, and takes appends by itself when there is.
/// </summary>
public sealed class FullDiskSweepTests
{
    [Test]
    public async Task A_disk_may_become_full_at_any_operation([Values] ReadMethod reads)
    {
        using var folder = new TestFolder();
        var (before, killed) = await FaultStory.KilledAsync(folder, reads);
        int refused = 0, nth = 0;
        for (var missed = 0; missed < 3;)
        {
            var disk = killed.Kill();
            var count = 0;
            nth++;
            disk.BeforeOperation = () =>
            {
                if (Interlocked.Increment(ref count) == nth)
                    disk.FillUp();
            };
            var story = before.Fork(folder, FaultStory.Options(folder, reads));
            var isFull = false;
            for (var boot = 0; boot < 3; boot++)
            {
                var hasOpened = await story.RunAsync(disk, records: 120, whenRefused: async open =>
                {
                    var health = open.Log.Health;
                    Assert.That(health, story.RoomReturned ? Is.Not.EqualTo(LogHealth.Failed) : Is.EqualTo(LogHealth.Full));
                    isFull = true;
                    // What it has taken becomes durable all the same.
                    await open.DurableAsync(story.Appended[^1].End);
                });
                disk.BeforeOperation = null;
                Assert.That(hasOpened, Is.True, $"full at operation {nth}, boot {boot}");
                Assert.That(story.Health, isFull && !story.RoomReturned ? Is.EqualTo(LogHealth.Full) : isFull ? Is.Not.EqualTo(LogHealth.Failed) : Is.EqualTo(LogHealth.Healthy),
                    $"full at operation {nth}, boot {boot}");
                Assert.That(story.Promised, Is.EqualTo(story.Appended[^1].End));
            }
            refused += isFull ? 1 : 0;

            // Room returns while the log is open, and without its being told.
            var log = await story.RunAsync(disk, records: 120, whenRefused: async open =>
            {
                disk.Capacity = null;
                story.Tick();
                await open.HealthAsync(LogHealth.Healthy);
                Assert.That(await open.AppendAsync(TestRecords.Run("other", 1, 2000)), Is.EqualTo(AppendStatus.Appended));
            });
            Assert.That(log && story.Health == LogHealth.Healthy, Is.True, $"full at operation {nth}");
            Assert.That(await story.RunAsync(disk.OnlyWhatIsDurable(), records: 20), Is.True, $"full at operation {nth}");
            missed = count >= nth ? 0 : missed + 1;
        }
        TestContext.Out.WriteLine($"{nth - 3} operations, appends refused after {refused} of them");
        Assert.That(refused, Is.GreaterThan(100));
    }

    [Test]
    public async Task A_new_folder_on_a_full_disk_is_refused_or_used_and_used_when_there_is_room()
    {
        var refused = 0;
        for (var nth = 1; nth < 60; nth++)
        {
            using var folder = new TestFolder();
            var disk = new VolatileDisk();
            var count = 0;
            disk.BeforeOperation = () =>
            {
                if (Interlocked.Increment(ref count) == nth)
                    disk.FillUp();
            };
            var story = new FaultStory(folder, FaultStory.Options(folder, ReadMethod.Map));
            refused += await story.RunAsync(disk, records: 40) ? 0 : 1;
            Assert.That(story.Health, Is.Not.EqualTo(LogHealth.Failed), $"full at operation {nth}");
            disk.Capacity = null;
            Assert.That(await story.RunAsync(disk, records: 40), Is.True, $"full at operation {nth}");
            Assert.That(story.Health, Is.EqualTo(LogHealth.Healthy), $"full at operation {nth}");
        }
        Assert.That(refused, Is.InRange(3, 40));
    }
}
