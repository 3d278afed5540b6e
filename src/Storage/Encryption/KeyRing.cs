using System.Globalization;
using Wire.Log;

namespace Wire.Storage.Encryption;

/// <summary>
/// The keys of a key file: lines of a number and a key, 32 random bytes in base64; empty lines and what begins with <c>#</c> is
/// skipped. The key with the highest number encrypts, all of them decrypt:
/// <code>
/// # made with: openssl rand -base64 32
/// 1 q7Jm…=
/// 2 Zk0V…=
/// </code>
/// Read once, when a log is opened. No message and no log line ever has a part of a key. Immutable.
/// </summary>
internal sealed class KeyRing
{
    public const int KeyBytes = 32;

    /// <summary>Thousands of keys; a file that is larger is another kind of file.</summary>
    const int MaxFileBytes = 1 << 20;

    const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    readonly Dictionary<uint, byte[]> _keys = [];

    KeyRing(string? path) => Path = path;

    /// <summary>No keys, for a log that has no key file.</summary>
    public static readonly KeyRing None = new(path: null);

    /// <summary>The full path of the key file; null where there is none.</summary>
    public string? Path { get; }

    /// <summary>The number of the key that encrypts; 0 where there is no key.</summary>
    public uint NewestId { get; private set; }

    /// <summary>Whether users of the system other than the file's owner may read or change it.</summary>
    public bool IsOpenToOthers { get; private set; }

    public bool TryGet(uint id, out ReadOnlySpan<byte> key)
    {
        var found = _keys.TryGetValue(id, out var bytes);
        key = bytes;
        return found;
    }

    /// <exception cref="LogException">There is no such file, or it is no key file: which line, and what is wrong with it.</exception>
    public static KeyRing Load(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        var ring = new KeyRing(path);
        var number = 0;
        foreach (var line in ReadLines(path))
        {
            number++;
            var text = line.AsSpan().Trim();
            if (text.IsEmpty || text[0] == '#')
                continue;
            ring.Add(text, $"The key file {path}, line {number},");
        }
        if (ring.NewestId == 0)
            throw new LogException($"The key file {path} has no key. {Advice}");
        if (!OperatingSystem.IsWindows())
            ring.IsOpenToOthers = (File.GetUnixFileMode(path) & Others) != 0;
        return ring;
    }

    static string[] ReadLines(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxFileBytes })
                throw new LogException($"{path} is no key file: it is larger than {MaxFileBytes} bytes. {Advice}");
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new LogException($"The key file {path} is not there. Without it what is encrypted cannot be read. Restore it from a copy; "
                + "for a new log make one, with a line of a number and a key: 1 and what `openssl rand -base64 32` prints.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogException($"The key file {path} cannot be read: {e.Message}", e);
        }
    }

    // The line itself is never part of a message: it may hold a key.
    void Add(ReadOnlySpan<char> line, string place)
    {
        var end = line.IndexOfAny(' ', '\t');
        if (end < 0)
            throw new LogException($"{place} has no key behind its number, or no number before its key. {Advice}");
        if (!uint.TryParse(line[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id == 0)
            throw new LogException($"{place} does not begin with a number from 1 to {uint.MaxValue}. {Advice}");
        var key = new byte[KeyBytes];
        if (!Convert.TryFromBase64Chars(line[end..].Trim(), key, out var written) || written != KeyBytes)
            throw new LogException($"{place} has a key that is not {KeyBytes} bytes in base64. {Advice}");
        if (!_keys.TryAdd(id, key))
            throw new LogException($"{place} has the number {id} a second time. Give each key a number of its own, and never another key to a number that was used.");
        NewestId = Math.Max(NewestId, id);
    }

    const string Advice = "A key file has lines of a number and a key: 1 and what `openssl rand -base64 32` prints.";
}
