using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Wire.Load.History;

/// <summary>Has the system forget what it keeps of files in memory. No process may have them mapped meanwhile.</summary>
internal static partial class ColdCaches
{
    private const string DropCaches = "/proc/sys/vm/drop_caches";
    private const int DontNeed = 4;

    /// <summary>Does it, and says how, or that it cannot.</summary>
    public static string Drop(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return "not dropped: there is no way on this system";
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        foreach (var path in files)
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            RandomAccess.FlushToDisk(file);
            _ = posix_fadvise(file, 0, 0, DontNeed);
        }
        try
        {
            File.WriteAllText(DropCaches, "3");
            return "dropped by drop_caches";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "dropped by posix_fadvise, file by file";
        }
    }

    [LibraryImport("libc")]
    private static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);
}
