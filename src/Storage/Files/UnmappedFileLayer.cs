namespace Wire.Storage.Files;

/// <summary>Files that are not to be mapped, so that every error of the disk is an error of a call.</summary>
internal sealed class UnmappedFileLayer(IFileLayer inner) : IFileLayer
{
    public bool MapsFiles => false;

    public IDataFile Create(string path) => inner.Create(path);

    public IDataFile Open(string path) => inner.Open(path);

    public bool Exists(string path) => inner.Exists(path);

    public IReadOnlyList<string> List(string folder) => inner.List(folder);

    public void CreateFolder(string path) => inner.CreateFolder(path);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string path) => inner.Delete(path);

    public void SyncFolder(string path) => inner.SyncFolder(path);

    public long FreeBytes(string path) => inner.FreeBytes(path);
}
