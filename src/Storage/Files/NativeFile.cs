using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Wire.Storage.Files;

/// <summary>The calls that the framework does not offer. Of 64-bit Linux, except where a method says otherwise.</summary>
internal static unsafe partial class NativeFile
{
    // Error numbers of Linux; up to ENOSPC they are the same on macOS.
    const int EINTR = 4, ENXIO = 6, EINVAL = 22, ENFILE = 23, EMFILE = 24, ENOSPC = 28, EOPNOTSUPP = 95, EDQUOT = 122, ENOSYS = 38;
    const int EDQUOTOnMacOS = 69;

    // Windows: HRESULTs of ERROR_TOO_MANY_OPEN_FILES, ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
    const int TooManyOpenFiles = unchecked((int)0x80070004), HandleDiskFull = unchecked((int)0x80070027), DiskFull = unchecked((int)0x80070070);

    const int KeepSize = 1, PunchHoleMode = 2, ZeroRangeMode = 16, SeekData = 3, SeekHole = 4, PopulateRead = 22, DontNeed = 4, ReadOnlyFolder = 0;

    /// <summary>Any system: whether an error of the framework's means that there is no room.</summary>
    public static bool IsDiskFull(IOException error) =>
        error is DiskFullException || (OperatingSystem.IsWindows()
            ? error.HResult is HandleDiskFull or DiskFull
            : error.HResult is ENOSPC || error.HResult == (OperatingSystem.IsMacOS() ? EDQUOTOnMacOS : EDQUOT));

    /// <summary>Any system: whether an error of the framework's means that this process, or the system, has too many files open.</summary>
    public static bool IsOutOfHandles(Exception? error) =>
        error is IOException && (OperatingSystem.IsWindows() ? error.HResult == TooManyOpenFiles : error.HResult is ENFILE or EMFILE);

    public static int Write(SafeFileHandle file, string path, ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            while (true)
            {
                var written = pwrite(file, start, bytes.Length, offset);
                if (written >= 0)
                    return (int)written;
                Throw("write to", path);
            }
        }
    }

    public static void SyncData(SafeFileHandle file, string path)
    {
        while (fdatasync(file) != 0)
            Throw("sync", path);
    }

    public static bool Allocate(SafeFileHandle file, string path, long offset, long length)
    {
        while (fallocate(file, KeepSize, offset, length) != 0)
        {
            if (Marshal.GetLastPInvokeError() is EOPNOTSUPP or ENOSYS)
                return false;
            Throw("allocate space in", path);
        }
        return true;
    }

    public static bool Zero(SafeFileHandle file, string path, long offset, long length)
    {
        while (fallocate(file, ZeroRangeMode | KeepSize, offset, length) != 0)
        {
            if (Marshal.GetLastPInvokeError() is EOPNOTSUPP or ENOSYS)
                return false;
            Throw("clear a part of", path);
        }
        return true;
    }

    public static void PunchHole(SafeFileHandle file, string path, long offset, long length)
    {
        while (fallocate(file, PunchHoleMode | KeepSize, offset, length) != 0)
        {
            if (Marshal.GetLastPInvokeError() is EOPNOTSUPP or ENOSYS)
                return;
            Throw("give back space of", path);
        }
    }

    public static void DropCache(SafeFileHandle file, long offset, long length) => _ = posix_fadvise(file, offset, length, DontNeed);

    public static long NextData(SafeFileHandle file, long offset, long length)
    {
        var found = lseek(file, offset, SeekData);
        return found >= 0 ? found : Marshal.GetLastPInvokeError() == ENXIO ? length : offset;
    }

    public static long EndOfData(SafeFileHandle file, long offset)
    {
        var found = lseek(file, offset, SeekHole);
        return found >= 0 ? found : offset;
    }

    /// <summary>Fills the map's page tables at once, which costs a tenth of one fault for every few pages.</summary>
    public static void Prefetch(byte* start, long offset, long length)
    {
        // Only a hint: kernels before 5.14 do not know it.
        if (length > 0)
            _ = madvise(start + (offset & ~4095L), (nint)(length + (offset & 4095L)), PopulateRead);
    }

    /// <summary>Any system with POSIX calls.</summary>
    public static void SyncFolder(string path)
    {
        var folder = open(path, ReadOnlyFolder);
        if (folder < 0)
            Throw("open", path);
        try
        {
            while (fsync(folder) != 0)
            {
                if (Marshal.GetLastPInvokeError() == EINVAL)
                    return; // this file system has no such thing
                Throw("sync", path);
            }
        }
        finally
        {
            _ = close(folder);
        }
    }

    /// <summary>
    /// Any system with POSIX calls: the text of a small file that another process holds locked, or empty. The framework takes
    /// a lock of its own when it opens a file, and so could not open this one.
    /// </summary>
    public static string ReadLockedText(string path)
    {
        var file = open(path, 0);
        if (file < 0)
            return "";
        using var handle = new SafeFileHandle(file, ownsHandle: true);
        Span<byte> text = stackalloc byte[512];
        fixed (byte* start = text)
        {
            var count = (int)read(handle, start, text.Length);
            return count <= 0 ? "" : Encoding.UTF8.GetString(text[..count]);
        }
    }

    // Returns where the call was interrupted by a signal and is to be made again.
    static void Throw(string what, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error == EINTR)
            return;
        var message = $"Could not {what} {path}: {Marshal.GetPInvokeErrorMessage(error)}";
        throw error is ENOSPC or EDQUOT ? new DiskFullException(message) : new IOException(message, error);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pwrite(SafeFileHandle file, byte* buffer, nint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(SafeFileHandle file, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc")]
    private static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int madvise(byte* address, nint length, int advice);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);
}
