using System.Globalization;
using System.Text;
using Wire.Log;
using Wire.Storage.Files;

namespace Wire.Storage.Folder;

/// <summary>
/// Holds a data folder for one process: an exclusive lock on <c>wire.lock</c>, which the system drops when the process ends,
/// however it ends. The file says who holds it.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    public const string FileName = "wire.lock";

    // What the framework gives for a file that another process has locked: EWOULDBLOCK, and ERROR_SHARING_VIOLATION of Windows.
    const int WouldBlock = 11, WouldBlockOnMacOS = 35, SharingViolation = unchecked((int)0x80070020);

    readonly FileStream _file;

    FolderLock(FileStream file) => _file = file;

    public static FolderLock Take(string folder, DateTimeOffset now)
    {
        var path = Path.Combine(folder, FileName);
        FileStream file;
        try
        {
            // On Windows others may read it meanwhile. Elsewhere the framework locks exclusively for None only.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite,
                OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None, bufferSize: 1);
        }
        catch (IOException e) when (e.HResult is WouldBlock or WouldBlockOnMacOS or SharingViolation)
        {
            throw new LogException($"The data folder {folder} is in use by {Holder(path)}. Stop it, or use another folder.", e);
        }

        try
        {
            file.SetLength(0);
            file.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"process {Environment.ProcessId} on {Environment.MachineName} since {now:u}\n")));
            file.Flush();
        }
        catch (IOException)
        {
            // A full disk: the lock holds without its text.
        }
        return new FolderLock(file);
    }

    public void Dispose()
    {
        try
        {
            _file.SetLength(0);
        }
        catch (IOException)
        {
            // The text is for people; the lock itself goes with the handle.
        }
        _file.Dispose();
    }

    static string Holder(string path)
    {
        string text;
        try
        {
            if (OperatingSystem.IsWindows())
            {
                using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
                text = reader.ReadToEnd();
            }
            else
            {
                text = NativeFile.ReadLockedText(path);
            }
        }
        catch (IOException)
        {
            text = "";
        }
        text = text.Trim();
        return text.Length > 0 ? text : "another process";
    }
}
