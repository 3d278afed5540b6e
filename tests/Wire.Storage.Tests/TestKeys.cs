using System.Security.Cryptography;

namespace Wire.Storage.Tests;

/// <summary>A key file of its own, beside no log, gone at the end.</summary>
internal sealed class TestKeys : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("wire-keys-").FullName;

    public TestKeys(params int[] ids)
    {
        File.WriteAllText(Path, "");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        foreach (var id in ids)
            Add(id);
    }

    public string Path => System.IO.Path.Combine(_folder, "wire.keys");

    /// <summary>The same key for the same number, here and in every other key file of the tests, unless there is another seed.</summary>
    public static string Line(int id, string seed = "") => $"{id} {Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"key {id}{seed}")))}";

    public void Add(int id, string seed = "") => File.AppendAllText(Path, Line(id, seed) + "\n");

    public void Set(params string[] lines) => File.WriteAllLines(Path, lines);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
