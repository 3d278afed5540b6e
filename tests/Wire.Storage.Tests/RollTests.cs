using Wire.Storage.Files;
using Wire.Storage.Recovery;

namespace Wire.Storage.Tests;

/// <summary>When the log goes on in a new file.</summary>
public sealed class RollTests
{
    [Test]
    public async Task A_file_is_full_at_exactly_its_size()
    {
        using var folder = new TestFolder();
        var options = folder.Options(pagesInFile: 3);
        await FillAsync(folder, options, pages: 10);

        var starts = folder.SegmentFiles.Select(StartOf).ToArray();
        Assert.That(starts, Is.EqualTo(Enumerable.Range(0, starts.Length).Select(i => i * 3L * options.PageBytes)));
        Assert.That(starts, Has.Length.EqualTo(4));
        foreach (var file in folder.SegmentFiles)
            Assert.That(new FileInfo(file).Length, Is.EqualTo(options.SegmentBytes));
    }

    [Test]
    public async Task A_size_that_is_no_multiple_of_the_page_is_not_exceeded()
    {
        using var folder = new TestFolder();
        var options = folder.Options(pagesInFile: 3);
        options.SegmentBytes += options.PageBytes - 1;
        await FillAsync(folder, options, pages: 7);
        foreach (var file in folder.SegmentFiles)
            Assert.That(new FileInfo(file).Length, Is.EqualTo(4096 + 3 * options.PageBytes).And.LessThanOrEqualTo(options.SegmentBytes));
    }

    [Test]
    public async Task An_idle_log_goes_on_in_a_new_file_at_its_age_and_only_once()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var captured = new CapturedLog();
        var appended = new List<RecoveryTests.Appended>();
        await using (var open = await folder.OpenAsync(time: time, logger: captured))
        {
            await open.AppendAsync(TestRecords.Run("s", 1), (a, e) => appended.Add(new("s", 1, a, e)));
            await open.DurableAsync(appended[^1].End);
            time.Advance(TimeSpan.FromMinutes(119));
            Assert.That(folder.SegmentFiles, Has.Length.EqualTo(1));

            time.Advance(TimeSpan.FromMinutes(2));
            // Where no file was ready at that second, it is done at a later one.
            while (captured.Events.Count(e => e.Id == EventIds.SegmentStarted) < 2)
            {
                await open.NextProgressAsync();
                time.Advance(TimeSpan.FromSeconds(1));
            }
            Assert.That(folder.SegmentFiles, Has.Length.EqualTo(2));

            // Nothing was written to the new one, so it does not age.
            time.Advance(TimeSpan.FromHours(10));
            await open.AppendAsync(TestRecords.Run("s", 2), (a, e) => appended.Add(new("s", 2, a, e)));
            await open.DurableAsync(appended[^1].End);
            Assert.That(folder.SegmentFiles, Has.Length.EqualTo(2));
            Assert.That(appended[1].Address, Is.EqualTo(StartOf(folder.SegmentFiles[1]) + PageFraming.EntryBytes(RecordHeader.Size)));

            using var reader = open.Log.OpenReader();
            Assert.That(reader.Read(StartOf(folder.SegmentFiles[1]), out var mark), Is.EqualTo(LogReadStatus.Found));
            Assert.That(new RecordHeader(mark).Kind, Is.EqualTo(RecordKind.RollMark));
            Assert.That(reader.Read(appended[0].End, out var filler), Is.EqualTo(LogReadStatus.Found));
            Assert.That(new RecordHeader(filler).Kind, Is.EqualTo(RecordKind.Filler));
        }
        await using var again = await folder.OpenAsync();
        RecoveryTests.AssertRecords(again.Log, appended);
    }

    [Test]
    public async Task Age_and_size_together_lose_nothing([Range(0, 11)] int seed)
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var options = folder.Options(pageBytes: 8192, pagesInFile: 3);
        options.SegmentAge = TimeSpan.FromSeconds(2);
        var appended = new List<RecoveryTests.Appended>();
        var random = new Random(seed);
        var previous = 0L;
        for (var boot = 0; boot < 3; boot++)
        {
            await using var open = await folder.OpenAsync(options, time);
            for (var i = 0; i < 60; i++)
            {
                // Sizes up to the largest, so that every rest of a page occurs, and records that fill one exactly.
                var left = (int)(-((FasterMessageLog)open.Log).Faster.TailAddress & (options.PageBytes - 1));
                var overhead = TestRecords.Run("s", 1, 200).Length - 200;
                var exact = left - PageFraming.LengthBytes - overhead - random.Next(0, 3) * 4;
                var size = random.Next(3) switch
                {
                    0 when exact > 200 => exact,
                    1 => random.Next(3000),
                    _ => random.Next(200),
                };
                var number = appended.Count + 1;
                await open.AppendAsync(TestRecords.Run("s", number, size, previous), (a, e) => appended.Add(new("s", number, a, e)));
                previous = appended[^1].Address;
                if (random.Next(10) == 0)
                    time.Advance(TimeSpan.FromSeconds(random.Next(3)));
                if (random.Next(5) == 0)
                    await open.DurableAsync(appended[^1].End);
            }
            await open.DurableAsync(appended[^1].End);
        }
        await using var again = await folder.OpenAsync(options, time);
        RecoveryTests.AssertRecords(again.Log, appended);
        RecoveryTests.AssertIndex(again.Log, appended);
    }

    [Test]
    public async Task What_a_file_did_not_use_is_given_back_and_its_length_stays()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Holes are punched on Linux only.");
        using var folder = new TestFolder();
        var holes = new List<FileCall>();
        var files = new ObservedFiles { After = call => { if (call.Operation == FileOperation.PunchHole) lock (holes) holes.Add(call); } };
        await using var open = await folder.OpenAsync(files: files);
        await open.AppendAsync(TestRecords.Run("s", 1));
        await RollAsync(open);
        // What the keeper prepares next comes after the hole.
        await RollAsync(open);
        await RollAsync(open);
        Assert.That(Count(), Is.GreaterThan(0));
        var options = folder.Options();
        lock (holes)
        {
            Assert.That(holes[0].Offset, Is.EqualTo(4096 + options.PageBytes));
            Assert.That(holes[0].Offset + holes[0].Length, Is.EqualTo(options.SegmentBytes));
        }
        Assert.That(new FileInfo(folder.SegmentFiles[0]).Length, Is.EqualTo(options.SegmentBytes));

        int Count()
        {
            lock (holes)
                return holes.Count;
        }
    }

    [Test]
    public async Task A_file_that_was_named_and_never_written_is_no_damage()
    {
        using var folder = new TestFolder();
        var options = folder.Options(pagesInFile: 2);
        var appended = new List<RecoveryTests.Appended>();

        // The device fails at the first page of the second file: its name and header are there.
        var named = 0;
        var files = new ObservedFiles
        {
            After = call => named += call.Operation == FileOperation.Rename && call.Path.EndsWith(".seg", StringComparison.Ordinal) ? 1 : 0,
            Before = call =>
            {
                if (named == 2 && call is { ByDevice: true, Operation: FileOperation.Write })
                    throw new IOException("Input/output error (injected)");
            },
        };
        await using (var open = await folder.OpenAsync(options, files: files))
        {
            var number = 0L;
            while (await open.AppendAsync(TestRecords.Run("s", ++number, 1000), (a, e) => appended.Add(new("s", number, a, e))) == AppendStatus.Appended
                && await open.TryDurableAsync(appended[^1].End))
            {
            }
            appended.RemoveAll(a => a.End > open.Log.DurableAddress);
        }
        Assert.That(folder.SegmentFiles, Has.Length.EqualTo(2));

        await using var again = await folder.OpenAsync(options);
        RecoveryTests.AssertRecords(again.Log, appended);
        for (var number = 1000L; number < 1100; number++)
            await again.AppendAsync(TestRecords.Run("s", number, 1000), (a, e) => appended.Add(new("s", number, a, e)));
        await again.DurableAsync(appended[^1].End);
        RecoveryTests.AssertRecords(again.Log, appended);
    }

    [Test]
    public async Task A_missing_spare_is_made_again([Values] bool damaged)
    {
        using var folder = new TestFolder();
        var appended = await RecoveryTests.FillAsync(folder, 1, 200, orderly: true);
        var spares = Directory.GetFiles(folder.Segments, "spare-*");
        Assert.That(spares, Is.Not.Empty);
        foreach (var spare in spares)
        {
            if (damaged)
                File.WriteAllBytes(spare, new byte[1234]);
            else
                File.Delete(spare);
        }
        appended.AddRange(await RecoveryTests.FillAsync(folder, 201, 2000, orderly: true, appended));
        await using var again = await folder.OpenAsync();
        RecoveryTests.AssertRecords(again.Log, appended);
    }

    [Test]
    public async Task A_partly_written_page_stays_in_its_file_after_recovery()
    {
        using var folder = new TestFolder();
        var appended = await RecoveryTests.FillAsync(folder, 1, 5, orderly: false);
        await using (var open = await folder.OpenAsync())
        {
            await RollAsync(open);
            await open.AppendAsync(TestRecords.Run("s", 6), (a, e) => appended.Add(new("s", 6, a, e)));
            await open.DurableAsync(appended[^1].End);
            folder.Snapshot();
        }
        folder.RestoreSnapshot();
        await using var again = await folder.OpenAsync();
        RecoveryTests.AssertRecords(again.Log, appended);
        Assert.That(folder.SegmentFiles.Select(StartOf), Is.EqualTo(new[] { 0, (long)folder.Options().PageBytes }));
    }

    static async Task RollAsync(OpenLog open)
    {
        while (!((FasterMessageLog)open.Log).Roll())
            await open.NextProgressAsync();
    }

    static long StartOf(string path) => Convert.ToInt64(Path.GetFileNameWithoutExtension(path)["wire-".Length..], 16);

    static async Task FillAsync(TestFolder folder, StorageOptions options, int pages)
    {
        await using var open = await folder.OpenAsync(options);
        var end = 0L;
        for (var number = 1L; end < (long)pages * options.PageBytes - 2000; number++)
            await open.AppendAsync(TestRecords.Run("s", number, 1000), (_, e) => end = e);
        await open.DurableAsync(end);
    }
}
