namespace Wire.Storage.Files;

/// <summary>The files of this system.</summary>
internal sealed class SystemFileLayer : IFileLayer
{
    public static readonly SystemFileLayer Instance = new();

    // Others may read the log's files at any time, and a file is renamed while it is open.
    const FileShare Share = FileShare.ReadWrite | FileShare.Delete;

    SystemFileLayer() { }

    public IDataFile Create(string path) => Translate(path, static p =>
        new SystemDataFile(File.OpenHandle(p, FileMode.CreateNew, FileAccess.ReadWrite, Share), p));

    public IDataFile Open(string path) => Translate(path, static p =>
        new SystemDataFile(File.OpenHandle(p, FileMode.Open, FileAccess.ReadWrite, Share), p));

    public bool Exists(string path) => File.Exists(path);

    public IReadOnlyList<string> List(string folder) => Directory.GetFiles(folder);

    public void CreateFolder(string path) => Translate(path, static p => Directory.CreateDirectory(p));

    public void Rename(string from, string to) => Translate(to, to =>
    {
        File.Move(from, to, overwrite: true);
        return to;
    });

    public void Delete(string path) => File.Delete(path);

    public void SyncFolder(string path)
    {
        // Windows has no such call: its file systems bring a rename to the disk by themselves.
        if (!OperatingSystem.IsWindows())
            NativeFile.SyncFolder(path);
    }

    public long FreeBytes(string path)
    {
        var full = Path.GetFullPath(path);
        try
        {
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(full)! : full).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return long.MaxValue;
        }
    }

    static T Translate<T>(string path, Func<string, T> call)
    {
        try
        {
            return call(path);
        }
        catch (IOException e) when (NativeFile.IsDiskFull(e))
        {
            throw new DiskFullException(e.Message, e);
        }
    }
}
