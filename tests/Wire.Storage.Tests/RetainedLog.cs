using Wire.Storage.Folder;
using Wire.Storage.Inspection;

namespace Wire.Storage.Tests;

/// <summary>What tests of retention have in common: sessions that are published to in turns, on a log whose oldest files go.</summary>
internal static class RetainedLog
{
    public const int SessionCount = 40;

    public const string Text = "some words that fill a file sooner, some words that fill a file sooner, some words that fill a file sooner";

    public static StorageOptions Options(TestFolder folder, bool encrypted = false)
    {
        var options = folder.Options(pageBytes: 8 << 10, pagesInFile: 6);
        options.MaxFrameBytes = 4096;
        options.RetainBytes = 5L * options.SegmentBytes;
        if (encrypted)
        {
            options.KeyFile = Path.Combine(folder.Path, "keys");
            File.WriteAllText(options.KeyFile, "1 " + Convert.ToBase64String(new byte[32]) + "\n");
        }
        return options;
    }

    public static int ColdFiles(TestFolder folder) => Directory.GetFiles(folder.Segments, "*.cold").Length;

    // What the log takes, without what is in reserve.
    public static long LogBytes(FasterMessageLog log) => log.Catalog.Segments.ToArray().Sum(segment => segment.BytesOnDisk);

    public static async Task PublishAsync(StoredEngine engine, ulong[] published, int rounds, string? session = null)
    {
        for (var round = 0; round < rounds; round++)
            await Task.WhenAll(Enumerable.Range(0, published.Length).Select(s => engine.PublishAsync(session ?? $"session-{s}", ++published[s], Text)));
    }

    public static async Task CheckAsync(StoredEngine engine, ulong[] published, bool allGone = false)
    {
        for (var s = 0; s < published.Length; s++)
        {
            var page = await engine.FetchAsync($"session-{s}");
            Assert.That(page.HeadSequence, Is.EqualTo(published[s]));
            Assert.That(page.Sequences, Is.EqualTo(Sequences(page.FirstSequence, page.HeadSequence)));
            if (allGone)
                Assert.That(page.FirstSequence, Is.EqualTo(published[s] + 1));
            foreach (var id in new[] { 1UL, published[s] })
                Assert.That(await engine.PublishAsync($"session-{s}", id), Has.Property("Duplicate").True.And.Property("Sequence").EqualTo(published[s]));
        }
    }

    public static IEnumerable<ulong> Sequences(ulong first, ulong last)
    {
        for (var sequence = first; sequence <= last && sequence > 0; sequence++)
            yield return sequence;
    }
}
