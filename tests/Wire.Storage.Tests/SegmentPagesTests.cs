using Wire.Storage.Files;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Tests;

public sealed class SegmentPagesTests
{
    const int Page = 16 << 10;

    [Test]
    public void Pages_are_as_the_file_is_and_what_was_never_written_is_not_touched()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Holes are known on Linux only.");
        using var folder = new TestFolder();
        var path = Path.Combine(folder.Path, "pages");
        var file = new Watched(SystemFileLayer.Instance.Create(path));
        file.SetLength(SegmentHeader.Size + 6 * Page);
        // Written, half written, not, written at its end only, not, written.
        Fill(0, 0, Page);
        Fill(1, 0, Page / 2);
        Fill(3, Page - 4096, 4096);
        Fill(5, 0, Page);
        file.Sync();
        var expected = File.ReadAllBytes(path)[SegmentHeader.Size..];

        var segment = SegmentFile.Open(SystemFileLayer.Instance, file, path, new SegmentHeader(Guid.Empty, 0, 6 * Page, Page, 1, 0));
        try
        {
            foreach (var order in (int[][])[[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 5, 2, 2, 1]])
            {
                using var pages = new SegmentPages(segment, Page, 6 * Page);
                foreach (var page in order)
                    Assert.That(pages.Page(page * Page).SequenceEqual(expected.AsSpan(page * Page, Page)), Is.True, $"page {page}");
            }
            using var walked = new SegmentPages(segment, Page, 6 * Page);
            Assert.That(walked.NextWritten(0), Is.Zero);
            Assert.That(walked.NextWritten(2 * Page), Is.EqualTo(3 * Page));
            Assert.That(walked.NextWritten(4 * Page), Is.EqualTo(5 * Page));
            Assert.That(walked.NextWritten(6 * Page), Is.EqualTo(6 * Page));
            Assert.That(file.Mapped, Is.EquivalentTo(new[] { 0L, 5L }).Using<long>((a, b) => a == b), "pages read through the map");
        }
        finally
        {
            segment.Unpin();
        }

        void Fill(int page, int from, int length)
        {
            var bytes = new byte[length];
            new Random(page).NextBytes(bytes);
            file.WriteAll(bytes, SegmentHeader.Size + page * Page + from);
        }
    }

    sealed class Watched(IDataFile inner) : IDataFile
    {
        public HashSet<long> Mapped { get; } = [];

        public long Length => inner.Length;
        public bool KnowsHoles => inner.KnowsHoles;
        public void SetLength(long length) => inner.SetLength(length);
        public int Write(ReadOnlySpan<byte> bytes, long offset) => inner.Write(bytes, offset);
        public int Read(Span<byte> bytes, long offset) => inner.Read(bytes, offset);
        public void Sync() => inner.Sync();
        public bool Allocate(long offset, long length) => inner.Allocate(offset, length);
        public bool Zero(long offset, long length) => inner.Zero(offset, length);
        public void PunchHole(long offset, long length) => inner.PunchHole(offset, length);
        public long NextData(long offset) => inner.NextData(offset);
        public long EndOfData(long offset) => inner.EndOfData(offset);
        public IFileMap Map() => new WatchedMap(inner.Map(), Mapped);
        public void Dispose() => inner.Dispose();
    }

    sealed class WatchedMap(IFileMap inner, HashSet<long> mapped) : IFileMap
    {
        public long Length => inner.Length;

        public ReadOnlySpan<byte> Bytes(long offset, int length)
        {
            mapped.Add((offset - SegmentHeader.Size) / Page);
            return inner.Bytes(offset, length);
        }

        public void Prefetch(long offset, long length) => inner.Prefetch(offset, length);

        public void Dispose() => inner.Dispose();
    }
}
