using Wire.Storage.Files;

namespace Wire.Storage.Folder;

/// <summary>Files that are replaced as a whole: after a crash there is the old content or the new.</summary>
internal static class SmallFile
{
    const string TemporarySuffix = ".tmp";

    public static void Replace(IFileLayer files, string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + TemporarySuffix;
        using (var file = files.Exists(temporary) ? files.Open(temporary) : files.Create(temporary))
        {
            file.WriteAll(content, 0);
            file.SetLength(content.Length);
            file.Sync();
        }
        files.Rename(temporary, path);
        files.SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Takes the space that the next replacement needs, so that it succeeds on a full disk.</summary>
    public static void Prepare(IFileLayer files, string path, int length)
    {
        var temporary = path + TemporarySuffix;
        if (files.Exists(temporary))
            return;
        try
        {
            using var file = files.Create(temporary);
            file.WriteAll(new byte[length], 0);
            file.Sync();
            files.SyncFolder(Path.GetDirectoryName(path)!);
        }
        catch (DiskFullException)
        {
            // The next start will need room.
        }
    }
}
