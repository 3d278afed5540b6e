using System.IO.MemoryMappedFiles;
using System.Runtime.Intrinsics.X86;
using Microsoft.Win32.SafeHandles;

namespace Wire.Storage.Files;

/// <summary>A read-only map. A media error under it ends the process (SIGBUS): no read through a map can report one.</summary>
internal sealed unsafe class SystemFileMap : IFileMap
{
    const int CacheLineBytes = 64, TouchedBytes = 6 * CacheLineBytes;

    readonly MemoryMappedViewAccessor _view;
    readonly byte* _start;

    public SystemFileMap(SafeFileHandle handle)
    {
        Length = RandomAccess.GetLength(handle);
        // The view needs neither of them afterwards; as long as the map of the file lives, it would keep the file open.
        using var file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + _view.PointerOffset;
    }

    public long Length { get; }

    public ReadOnlySpan<byte> Bytes(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if ((ulong)offset > (ulong)Length || length > Length - offset)
            throw new ArgumentOutOfRangeException(nameof(offset));
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    // The bytes of most records; a prefetch of what is not in memory does nothing.
    public void Touch(long offset)
    {
        if (!Sse.IsSupported || (ulong)offset > (ulong)(Length - TouchedBytes))
            return;
        for (var line = 0; line < TouchedBytes; line += CacheLineBytes)
            Sse.Prefetch0(_start + offset + line);
    }

    public void Prefetch(long offset, long length)
    {
        if (OperatingSystem.IsLinux())
            NativeFile.Prefetch(_start, offset, Math.Min(length, Length - offset));
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }
}
