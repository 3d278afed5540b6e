using Wire.Storage.Files;

namespace Wire.Storage.Folder;

/// <summary>Files that are replaced as a whole: after a crash there is the old content or the new.</summary>
internal static class SmallFile
{
    public static void Replace(IFileLayer files, string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".tmp";
        if (files.Exists(temporary))
            files.Delete(temporary);
        using (var file = files.Create(temporary))
        {
            file.WriteAll(content, 0);
            file.Sync();
        }
        files.Rename(temporary, path);
        files.SyncFolder(Path.GetDirectoryName(path)!);
    }
}
