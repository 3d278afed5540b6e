using Wire.Storage.Files;

namespace Wire.Storage.Inspection;

/// <summary>The files of this system for whoever must not change any: they are opened for reading, and whatever would write throws.</summary>
internal sealed class ReadOnlyFiles : IFileLayer
{
    public static readonly ReadOnlyFiles Instance = new();

    ReadOnlyFiles() { }

    public IDataFile Create(string path) => throw ReadOnly();

    public IDataFile Open(string path) => new SystemDataFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, Share), path);

    public bool Exists(string path) => File.Exists(path);

    public IReadOnlyList<string> List(string folder) => Directory.Exists(folder) ? Directory.GetFiles(folder) : [];

    public void CreateFolder(string path) => throw ReadOnly();

    public void Rename(string from, string to) => throw ReadOnly();

    public void Delete(string path) => throw ReadOnly();

    public void SyncFolder(string path) => throw ReadOnly();

    public long FreeBytes(string path) => SystemFileLayer.Instance.FreeBytes(path);

    // The process that has the log writes to its files, renames and deletes them meanwhile.
    const FileShare Share = FileShare.ReadWrite | FileShare.Delete;

    static NotSupportedException ReadOnly() => new("An inspection changes nothing.");
}
