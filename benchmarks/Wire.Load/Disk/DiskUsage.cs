using System.Runtime.InteropServices;

namespace Wire.Load.Disk;

/// <summary>The disk space that files take.</summary>
internal static partial class DiskUsage
{
    private const int CurrentDirectory = -100;
    private const uint Blocks = 0x400;
    private const int BlockBytes = 512;
    private const int StatxBytes = 256;
    private const int BlocksOffset = 48;

    /// <summary>The bytes that all files under a folder take; 0 where there is none.</summary>
    /// <remarks>
    /// On Linux what is allocated, so neither holes nor what was given back counts; elsewhere the files' lengths. A log
    /// that keeps space ready ahead of its tail has that in it, too.
    /// </remarks>
    public static long BytesUnder(string path)
    {
        if (!Directory.Exists(path))
            return 0;
        var total = 0L;
        foreach (var file in new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories))
            total += BytesOf(file);
        return total;
    }

    private static long BytesOf(FileInfo file)
    {
        // struct statx has one layout on every architecture; stx_blocks counts 512 bytes each.
        Span<byte> status = stackalloc byte[StatxBytes];
        if (OperatingSystem.IsLinux() && Statx(CurrentDirectory, file.FullName, 0, Blocks, status) == 0)
            return MemoryMarshal.Read<long>(status[BlocksOffset..]) * BlockBytes;
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // Retired since the folder was listed.
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);
}
