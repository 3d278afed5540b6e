namespace Wire.Load.Disk;

/// <summary>What kind of disk a folder is on.</summary>
internal static class MountPoint
{
    private const string Table = "/proc/self/mountinfo", Devices = "/dev/";

    /// <summary>The file system, and on Linux its device, of a folder that need not be there yet; null where that cannot be known.</summary>
    public static string? Describe(string folder)
    {
        if (OperatingSystem.IsLinux())
            return Find(File.ReadLines(Table), Path.GetFullPath(folder));
        try
        {
            return new DriveInfo(Path.GetFullPath(folder)).DriveFormat;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Finds the mount that a path is on, by the lines of proc(5)'s mountinfo.</summary>
    /// <remarks>
    /// <code>
    /// 27 1 254:0 / /mnt/some\040where rw,relatime shared:1 - ext4 /dev/vda rw
    ///              mounted here        (optional fields) -  type source
    /// </code>
    /// </remarks>
    internal static string? Find(IEnumerable<string> lines, string path)
    {
        var (longest, found) = (0, (string?)null);
        foreach (var fields in lines.Select(line => line.Split(' ')))
        {
            var separator = Array.IndexOf(fields, "-");
            if (separator < 6 || fields.Length < separator + 3)
                continue;
            // Blanks are written in octal.
            var place = fields[4].Replace("\\040", " ", StringComparison.Ordinal);
            var holds = path == place || path.StartsWith(place.EndsWith('/') ? place : place + "/", StringComparison.Ordinal);
            // Of two at one place the later hides the other.
            if (!holds || place.Length < longest)
                continue;
            var (type, source) = (fields[separator + 1], fields[separator + 2]);
            (longest, found) = (place.Length, source.StartsWith(Devices, StringComparison.Ordinal) ? $"{type} on {source[Devices.Length..]}" : type);
        }

        return found;
    }
}
