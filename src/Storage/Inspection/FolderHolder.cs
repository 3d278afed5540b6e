using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Wire.Storage.Files;
using Wire.Storage.Folder;

namespace Wire.Storage.Inspection;

/// <summary>
/// Tells whether a process has a data folder open, from what it wrote into the lock's file. The lock itself is not tried: whoever
/// holds it even for a moment keeps a server from starting.
/// </summary>
internal static partial class FolderHolder
{
    /// <summary>Who has the folder open, as the file says it; null where nobody does. Where it cannot be told, somebody has.</summary>
    public static string? Of(string folder)
    {
        var path = Path.Combine(folder, FolderLock.FileName);
        var text = Text(path).Trim();
        if (Holder().Match(text) is not { Success: true } holder)
            return text.Length == 0 ? null : text;
        // Left behind by a process that was killed, unless that process is there.
        var isGone = holder.Groups["machine"].Value == Environment.MachineName
            && !HasOpen(int.Parse(holder.Groups["process"].ValueSpan, CultureInfo.InvariantCulture), path);
        return isGone ? null : text;
    }

    static bool HasOpen(int processId, string path)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
        }
        catch (ArgumentException)
        {
            return false;
        }
        var descriptors = $"/proc/{processId}/fd";
        if (!OperatingSystem.IsLinux() || !Directory.Exists(descriptors))
            return true;
        // The number may be another process's by now.
        try
        {
            var full = Path.GetFullPath(path);
            return Directory.GetFiles(descriptors).Any(file => LinkOf(file) == full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    static string? LinkOf(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            return null; // closed meanwhile
        }
    }

    static string Text(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows())
                return NativeFile.ReadLockedText(path);
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), Encoding.UTF8);
            return reader.ReadToEnd();
        }
        catch (IOException)
        {
            return "";
        }
    }

    [GeneratedRegex(@"^process (?<process>[0-9]{1,9}) on (?<machine>\S+) since ")]
    private static partial Regex Holder();
}
