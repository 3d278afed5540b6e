using Microsoft.Win32.SafeHandles;

namespace Wire.Storage.Files;

/// <summary>
/// A file of this system. On 64-bit Linux it calls the system itself, because the framework has no fdatasync (its flush also
/// writes the file's times), no allocation of a range, and no hole; elsewhere the framework's calls do.
/// </summary>
internal sealed class SystemDataFile(SafeFileHandle handle, string path) : IDataFile
{
    static readonly bool Native = OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    public long Length => RandomAccess.GetLength(handle);

    public void SetLength(long length) => Guard(() => RandomAccess.SetLength(handle, length));

    public int Write(ReadOnlySpan<byte> bytes, long offset)
    {
        if (Native)
            return NativeFile.Write(handle, path, bytes, offset);
        try
        {
            RandomAccess.Write(handle, bytes, offset);
            return bytes.Length;
        }
        catch (IOException e) when (NativeFile.IsDiskFull(e))
        {
            throw new DiskFullException(e.Message, e);
        }
    }

    public int Read(Span<byte> bytes, long offset) => RandomAccess.Read(handle, bytes, offset);

    public void Sync()
    {
        if (Native)
            NativeFile.SyncData(handle, path);
        else
            RandomAccess.FlushToDisk(handle);
    }

    public bool Allocate(long offset, long length) => Native && NativeFile.Allocate(handle, path, offset, length);

    public bool Zero(long offset, long length) => Native && NativeFile.Zero(handle, path, offset, length);

    public void PunchHole(long offset, long length)
    {
        if (Native)
            NativeFile.PunchHole(handle, path, offset, length);
    }

    public void DropCache(long offset, long length)
    {
        if (Native)
            NativeFile.DropCache(handle, offset, length);
    }

    public bool KnowsHoles => Native;

    public long NextData(long offset) => Native ? NativeFile.NextData(handle, offset, Length) : offset;

    public long EndOfData(long offset) => Native ? NativeFile.EndOfData(handle, offset) : offset;

    public IFileMap Map() => new SystemFileMap(handle);

    public void Dispose() => handle.Dispose();

    static void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (IOException e) when (NativeFile.IsDiskFull(e))
        {
            throw new DiskFullException(e.Message, e);
        }
    }
}
