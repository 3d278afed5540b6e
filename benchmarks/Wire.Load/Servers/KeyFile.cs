using System.Security.Cryptography;

namespace Wire.Load.Servers;

/// <summary>A key file for a server that encrypts its log, with one new key; gone in the end.</summary>
internal sealed class KeyFile : IDisposable
{
    /// <summary>Makes it, readable by this user only.</summary>
    public KeyFile()
    {
        Path = System.IO.Path.GetTempFileName();
        File.WriteAllText(Path, $"1 {Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}\n");
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The setting that has a server use it.</summary>
    public string Setting => $"Wire:Storage:Encryption:KeyFile={Path}";

    /// <inheritdoc/>
    public void Dispose() => File.Delete(Path);
}
