namespace Wire.Load.Disk;

/// <summary>A disk that is memory (tmpfs), and the price of memory that a machine has not used for a while.</summary>
internal static class MemoryDisk
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Whether a folder is on one; false where that cannot be known.</summary>
    public static bool Holds(string folder) =>
        OperatingSystem.IsLinux() && new DriveInfo(Path.GetFullPath(folder)).DriveFormat is "tmpfs" or "ramfs";

    /// <summary>Writes a file of this size, or of half of what is free where that is less, and deletes it.</summary>
    /// <remarks>
    /// A virtual machine may have given its free memory back to the host (free page reporting, balloon) and pays for each page
    /// at its next use: ten times as much as for a page that it has. What is written here is what a log takes next.
    /// </remarks>
    public static void Touch(string folder, long bytes)
    {
        var path = Path.Combine(folder, $"touch-{Environment.ProcessId}");
        var left = Math.Min(bytes, new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace / 2);
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose);
        var piece = new byte[PieceBytes];
        for (var written = 0L; written < left; written += PieceBytes)
            RandomAccess.Write(file, piece, written);
    }
}
