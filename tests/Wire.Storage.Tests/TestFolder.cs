using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Wire.Storage.Files;

namespace Wire.Storage.Tests;

/// <summary>A data folder of its own, gone at the end, and logs in it with tiny pages and files.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder() => Path = Directory.CreateTempSubdirectory("wire-storage-").FullName;

    public string Path { get; }

    public string Segments => System.IO.Path.Combine(Path, "segments");

    /// <summary>The segment files in the order of their addresses.</summary>
    public string[] SegmentFiles => Directory.GetFiles(Segments, "wire-*.seg").Order(StringComparer.Ordinal).ToArray();

    public StorageOptions Options(int pageBytes = 16 << 10, int pagesInFile = 8) => new()
    {
        Path = Path,
        PageBytes = pageBytes,
        SegmentBytes = 4096 + (long)pagesInFile * pageBytes,
        MemoryBytes = 8L * pageBytes,
        ReserveBytes = 8L * pageBytes,
        MinFreeBytes = 0,
        MaxFrameBytes = pageBytes - 4096,
    };

    public FasterMessageLog Create(StorageOptions? options = null, TimeProvider? time = null, ILogger<FasterMessageLog>? logger = null,
        IFileLayer? files = null, long firstAddress = 0, OpeningSteps? steps = null) =>
        new(options ?? Options(), time ?? TimeProvider.System, logger ?? NullLogger<FasterMessageLog>.Instance,
            files ?? SystemFileLayer.Instance, firstAddress)
        {
            Steps = steps ?? OpeningSteps.Proper,
        };

    public Task<OpenLog> OpenAsync(StorageOptions? options = null, TimeProvider? time = null, ILogger<FasterMessageLog>? logger = null,
        IFileLayer? files = null, long firstAddress = 0) =>
        OpenLog.OpenAsync(Create(options, time, logger, files, firstAddress));

    /// <summary>Keeps the files as they are now, which is what a killed process leaves.</summary>
    public void Snapshot() => Copy(Path, SnapshotPath);

    /// <summary>Puts the kept files in the place of what there is.</summary>
    public void RestoreSnapshot()
    {
        Directory.Delete(Path, recursive: true);
        Directory.Move(SnapshotPath, Path);
    }

    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        if (Directory.Exists(SnapshotPath))
            Directory.Delete(SnapshotPath, recursive: true);
    }

    string SnapshotPath => Path + ".snapshot";

    static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.GetDirectories(from))
            Copy(folder, System.IO.Path.Combine(to, System.IO.Path.GetFileName(folder)));
        foreach (var file in Directory.GetFiles(from))
        {
            // The lock is held, and says nothing about the data.
            if (System.IO.Path.GetFileName(file) == "wire.lock")
                continue;
            try
            {
                File.Copy(file, System.IO.Path.Combine(to, System.IO.Path.GetFileName(file)));
            }
            catch (FileNotFoundException)
            {
                // Renamed or deleted since it was listed, by the log that goes on.
            }
        }
    }
}
