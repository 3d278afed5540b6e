namespace Wire.Storage.Tests;

/// <summary>Files that are read through buffers: nothing is mapped, and an error of a read is that read's alone.</summary>
public sealed class PreadTests
{
    [Test]
    public async Task No_file_is_mapped_neither_by_the_recovery_nor_by_readers()
    {
        using var folder = new TestFolder();
        var maps = 0;
        var files = new ObservedFiles { Before = call => _ = call.Operation == FileOperation.Map ? Interlocked.Increment(ref maps) : 0 };
        var appended = await RecoveryTests.FillAsync(folder, 1, 500, orderly: false);
        // A torn end, so that it is looked behind and cut as well.
        var last = folder.SegmentFiles[^1];
        using (var file = new FileStream(last, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            var start = Convert.ToInt64(Path.GetFileNameWithoutExtension(last)["wire-".Length..], 16);
            file.Position = 4096 + appended[^1].End - start;
            file.Write([7, 0, 0, 0, 1, 2, 3]);
        }
        var options = Options(folder);
        await using var open = await folder.OpenAsync(options, files: files);
        Assert.That(open.Log.DurableAddress, Is.EqualTo(appended[^1].End));
        RecoveryTests.AssertRecords(open.Log, appended);
        RecoveryTests.AssertIndex(open.Log, appended);
        for (var number = 501L; number <= 700; number++)
            await open.AppendAsync(TestRecords.Run("s", number, 1000), (a, e) => appended.Add(new("s", number, a, e)));
        await open.DurableAsync(appended[^1].End);
        RecoveryTests.AssertRecords(open.Log, appended);
        Assert.That(maps, Is.Zero);

        // The same hook sees the maps of the other way.
        await open.DisposeAsync();
        await using var mapped = await folder.OpenAsync(files: files);
        Assert.That(maps, Is.Not.Zero);
    }

    [Test]
    public async Task An_error_of_the_medium_is_reported_by_the_reads_that_meet_it_and_no_others()
    {
        using var folder = new TestFolder();
        var appended = await RecoveryTests.FillAsync(folder, 1, 1000, orderly: true);
        var victims = appended[300..310];
        (string Path, long From, long Until) bad = ("", 0, 0);
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (call.Operation == FileOperation.Read && call.Path == bad.Path && call.Offset < bad.Until && call.Offset + 1 > bad.From)
                    throw new IOException("Input/output error (injected)");
            },
        };
        var captured = new CapturedLog();
        await using var open = await folder.OpenAsync(Options(folder), files: files, logger: captured);
        var (path, offset) = Place(folder, victims[0].Address);
        bad = (path, offset, offset + victims[^1].End - victims[0].Address);

        using (var reader = open.Log.OpenReader())
        {
            foreach (var victim in victims)
            {
                Assert.That(reader.Read(victim.Address, out _), Is.EqualTo(LogReadStatus.Damaged));
                // The same reader reads on.
                Assert.That(reader.Read(appended[0].Address, out _), Is.EqualTo(LogReadStatus.Found));
            }
        }
        RecoveryTests.AssertRecords(open.Log, appended.Except(victims));
        Assert.That(captured.Events.Count(e => e.Id == EventIds.ReadFailed), Is.EqualTo(1), "once a file");
        Assert.That(captured.Events.Single(e => e.Id == EventIds.ReadFailed).Text, Does.Contain(path));

        // It is no failure of the log: it takes appends, and what can be read again is.
        Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Healthy));
        Assert.That(await open.AppendAsync(TestRecords.Run("s", 1)), Is.EqualTo(AppendStatus.Appended));
        bad = ("", 0, 0);
        RecoveryTests.AssertRecords(open.Log, appended);
    }

    [Test]
    public async Task A_file_that_cannot_be_opened_is_an_error_of_the_reads_that_need_it()
    {
        using var folder = new TestFolder();
        var options = Options(folder);
        var appended = await RecoveryTests.FillAsync(folder, 1, 1000, orderly: true, options: options);
        var bad = "";
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (call.Operation == FileOperation.Open && call.Path == bad)
                    throw new IOException("Input/output error (injected)");
            },
        };
        await using var open = await folder.OpenAsync(options, files: files);
        (bad, _) = Place(folder, appended[0].Address);
        foreach (var record in appended)
        {
            using var reader = open.Log.OpenReader();
            Assert.That(reader.Read(record.Address, out _), Is.EqualTo(Place(folder, record.Address).Path == bad ? LogReadStatus.Damaged : LogReadStatus.Found));
        }
        bad = "";
        RecoveryTests.AssertRecords(open.Log, appended);
    }

    [Test]
    public async Task A_reader_holds_only_so_many_files_open([Values] bool isCold)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Which files are open is looked up in /proc.");
        using var folder = new TestFolder();
        var options = folder.Options(pagesInFile: 1);
        options.Reads = isCold ? ReadMethod.Map : ReadMethod.Pread;
        options.CompactAfter = isCold ? TimeSpan.Zero : null;
        var appended = await RecoveryTests.FillAsync(folder, 1, 1400, orderly: true, payload: 1000, options: options);
        var opened = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var open = await folder.OpenAsync(options, files: new ObservedFiles
        {
            Before = call =>
            {
                if (call.Operation == FileOperation.Open)
                    opened.Enqueue(call.Path);
            },
        });
        var log = (FasterMessageLog)open.Log;
        if (isCold)
            Assert.That(() => log.Catalog.Segments.ToArray().Count(segment => !segment.IsCold), Is.EqualTo(1).After(10_000, 10));
        // The oldest of each file, of which the reader holds one after the other.
        var firsts = log.Catalog.Segments.ToArray()
            .SelectMany(segment => appended.Where(a => a.Address >= segment.StartAddress && a.Address < segment.Limit).Take(1)).ToList();
        Assert.That(firsts, Has.Count.GreaterThan(35));
        // The log itself opens and closes one or another meanwhile, hence the odd numbers.
        var before = OpenFiles(folder);
        using (var reader = log.OpenReader())
        {
            foreach (var record in firsts.AsEnumerable().Reverse())
            {
                Assert.That(reader.Read(record.Address, out var bytes), Is.EqualTo(LogReadStatus.Found));
                Assert.That(TestRecords.Read(bytes), Is.EqualTo((record.Session, record.Number, true)));
                Assert.That(OpenFiles(folder), Is.LessThan(before + 20));
            }
            Assert.That(OpenFiles(folder), Is.GreaterThan(before + 10));

            // What the last record is of stays, whatever is looked ahead at.
            Assert.That(reader.Read(firsts[0].Address, out var kept), Is.EqualTo(LogReadStatus.Found));
            foreach (var record in firsts.Skip(1).Take(34))
                reader.Prefetch(record.Address);
            Assert.That(TestRecords.Read(kept), Is.EqualTo((firsts[0].Session, firsts[0].Number, true)));
            opened.Clear();
            Assert.That(reader.Read(firsts[0].Address, out _), Is.EqualTo(LogReadStatus.Found));
            Assert.That(opened, Is.Empty);
            Assert.That(OpenFiles(folder), Is.LessThan(before + 20));
        }
        Assert.That(OpenFiles(folder), Is.LessThanOrEqualTo(before));
    }

    [Test]
    public async Task Too_many_open_files_are_no_damage()
    {
        using var folder = new TestFolder();
        var options = Options(folder);
        var appended = await RecoveryTests.FillAsync(folder, 1, 1000, orderly: true, options: options);
        var isOut = false;
        var files = new ObservedFiles
        {
            Before = call =>
            {
                if (isOut && call.Operation == FileOperation.Open)
                    throw new IOException("Too many open files (injected)", OperatingSystem.IsWindows() ? unchecked((int)0x80070004) : 24);
            },
        };
        var captured = new CapturedLog();
        await using var open = await folder.OpenAsync(options, files: files, logger: captured);
        isOut = true;
        for (var i = 0; i < 3; i++)
        {
            using var reader = open.Log.OpenReader();
            Assert.That(reader.Read(appended[0].Address, out _), Is.EqualTo(LogReadStatus.Damaged));
        }
        isOut = false;
        Assert.That(open.Log.HasDamage, Is.False);
        Assert.That(captured.Has(EventIds.ReadFailed), Is.False);
        Assert.That(captured.Events.Count(e => e.Id == EventIds.OutOfHandles), Is.EqualTo(1));
        RecoveryTests.AssertRecords(open.Log, appended);
    }

    [Test]
    public async Task Short_reads_are_continued()
    {
        using var folder = new TestFolder();
        var appended = await RecoveryTests.FillAsync(folder, 1, 300, orderly: false, payload: 12_000, options: folder.Options(32 << 10));
        var options = Options(folder, 32 << 10);
        await using var open = await folder.OpenAsync(options, files: new ObservedFiles { MaxRead = 333 });
        RecoveryTests.AssertRecords(open.Log, appended);
        RecoveryTests.AssertIndex(open.Log, appended);
    }

    /// <summary>An error of any one read of the start: it is refused, and says why; or, with what is only a hint, goes on. Nothing is changed.</summary>
    [Test]
    public async Task A_read_that_fails_at_the_start_refuses_it_and_changes_nothing([Values] bool orderly)
    {
        using var folder = new TestFolder();
        var options = Options(folder);
        var appended = await RecoveryTests.FillAsync(folder, 1, 400, orderly, options: options);
        var refused = 0;
        for (var nth = 1; ; nth++)
        {
            var reads = 0;
            var files = new ObservedFiles
            {
                Before = call =>
                {
                    if (call.Operation == FileOperation.Read && Interlocked.Increment(ref reads) == nth)
                        throw new IOException("Input/output error (injected)");
                },
            };
            try
            {
                await using var open = await folder.OpenAsync(options, files: files).WaitAsync(OpenLog.Hung);
                files.Before = null;
                RecoveryTests.AssertRecords(open.Log, appended);
                if (reads < nth)
                    break;
            }
            catch (LogException e)
            {
                Assert.That(e.Message, Does.Contain(folder.Path).And.Contain("Input/output error"));
                refused++;
            }
        }
        Assert.That(refused, Is.GreaterThan(10));
        await using var again = await folder.OpenAsync(options);
        RecoveryTests.AssertRecords(again.Log, appended);
        RecoveryTests.AssertIndex(again.Log, appended);
    }

    static int OpenFiles(TestFolder folder) =>
        Directory.GetFiles("/proc/self/fd").Count(path => TargetOf(path)?.StartsWith(Path.Combine(folder.Segments, "wire-"), StringComparison.Ordinal) == true);

    // Null where it was closed meanwhile.
    static string? TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    static StorageOptions Options(TestFolder folder, int pageBytes = 16 << 10)
    {
        var options = folder.Options(pageBytes);
        options.Reads = ReadMethod.Pread;
        return options;
    }

    static (string Path, long Offset) Place(TestFolder folder, long address)
    {
        var path = folder.SegmentFiles.Last(f => StartOf(f) <= address);
        return (path, 4096 + address - StartOf(path));
    }

    static long StartOf(string path) => Convert.ToInt64(Path.GetFileNameWithoutExtension(path)["wire-".Length..], 16);
}
