namespace Wire.Storage.Files;

/// <summary>
/// All that the log asks of a file system, so that tests can put a failing or a forgetful one in its place. Every method
/// throws <see cref="DiskFullException"/> where there is no room, and another <see cref="IOException"/> where it failed.
/// </summary>
internal interface IFileLayer
{
    /// <summary>Whether files are read through maps.</summary>
    bool MapsFiles => true;

    /// <summary>Creates an empty file for reading and writing. The name is durable after <see cref="SyncFolder"/>.</summary>
    IDataFile Create(string path);

    /// <summary>Opens a file that exists, for reading and writing.</summary>
    IDataFile Open(string path);

    bool Exists(string path);

    /// <summary>The full paths of the folder's files, in no order.</summary>
    IReadOnlyList<string> List(string folder);

    void CreateFolder(string path);

    /// <summary>Renames, over an existing file. Durable after <see cref="SyncFolder"/>.</summary>
    void Rename(string from, string to);

    void Delete(string path);

    /// <summary>Brings the names in a folder to stable storage.</summary>
    void SyncFolder(string path);

    /// <summary>What the file system that holds the path has free for this user, in bytes; the largest number where it cannot be told.</summary>
    long FreeBytes(string path);
}
