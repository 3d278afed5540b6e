using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Wire.Load.Measurement;

namespace Wire.Load.Disk;

/// <summary>The raw price of durability: one 4 KiB write into a file that was written before, and its sync.</summary>
internal sealed partial class SyncedWrite : IDisposable
{
    private const int WriteBytes = 4096;
    private const int FileWrites = 4096;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly byte[] _block = new byte[WriteBytes];
    private long _next;

    /// <summary>Writes a file of 16 MiB in a folder, which must exist; it is removed in the end.</summary>
    public SyncedWrite(string folder)
    {
        _path = Path.Combine(folder, $"synced-write-{Environment.ProcessId}");
        _file = File.OpenHandle(_path, FileMode.Create, FileAccess.ReadWrite);
        for (var i = 0; i < FileWrites; i++)
            RandomAccess.Write(_file, _block, (long)i * WriteBytes);
        RandomAccess.FlushToDisk(_file);
        new Random(2).NextBytes(_block);
    }

    /// <summary>Does it a number of times, one after the other, and returns how long each took, in nanoseconds.</summary>
    public LatencyHistogram Measure(int times)
    {
        var histogram = new LatencyHistogram();
        for (var i = 0; i < times; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            RandomAccess.Write(_file, _block, _next++ % FileWrites * WriteBytes);
            Sync();
            histogram.Add((long)Stopwatch.GetElapsedTime(begin).TotalNanoseconds, 1);
        }

        return histogram;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    // Where the length does not change fdatasync is enough and cheaper; .NET has only fsync (and its likes elsewhere).
    private void Sync()
    {
        if (!OperatingSystem.IsLinux())
            RandomAccess.FlushToDisk(_file);
        else if (DataSync(_file) != 0)
            throw new LoadFailureException($"fdatasync: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int DataSync(SafeFileHandle file);
}
