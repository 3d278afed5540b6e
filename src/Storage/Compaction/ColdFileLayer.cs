using Wire.Storage.Encryption;
using Wire.Storage.Files;

namespace Wire.Storage.Compaction;

/// <summary>Opens cold files, so that whoever reads them sees the segment's file. Not to be mapped, and never written.</summary>
internal sealed class ColdFileLayer(IFileLayer inner, FolderKeys keys, ColdCache cache) : IFileLayer
{
    public bool MapsFiles => false;

    public IDataFile Open(string path) => new ColdFile(inner.Open(path), path, keys, cache);

    public bool Exists(string path) => inner.Exists(path);

    public IReadOnlyList<string> List(string folder) => inner.List(folder);

    public void Delete(string path) => inner.Delete(path);

    public void SyncFolder(string path) => inner.SyncFolder(path);

    public long FreeBytes(string path) => inner.FreeBytes(path);

    public IDataFile Create(string path) => throw Immutable(path);

    public void CreateFolder(string path) => throw Immutable(path);

    public void Rename(string from, string to) => throw Immutable(from);

    static InvalidOperationException Immutable(string path) => new($"{path}: cold files are not made in this way.");
}
