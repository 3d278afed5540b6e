using Microsoft.Win32.SafeHandles;
using Wire.Storage.Segments;

namespace Wire.Storage.Inspection;

/// <summary>A file of the log, read without being kept from whoever writes, renames or deletes it. Thread-safe.</summary>
internal sealed class InspectedFile(string path, long startAddress, long capacity, long length, SegmentHeader? header) : IDisposable
{
    readonly Lock _opening = new();
    SafeFileHandle? _handle;

    public string Path => path;

    /// <summary>The address of the first page.</summary>
    public long StartAddress => startAddress;

    /// <summary>Bytes of pages that the file has room for.</summary>
    public long Capacity => capacity;

    /// <summary>Bytes of the file when it was listed.</summary>
    public long Length => length;

    /// <summary>Null where it is damaged.</summary>
    public SegmentHeader? Header => header;

    /// <summary>The format that its header says; null where that is damaged.</summary>
    public uint? FormatVersion => header is null ? null : SegmentHeader.CurrentVersion;

    /// <summary>The address behind the file's pages: where the next file begins, or where its room ends.</summary>
    public long Limit { get; set; } = startAddress + capacity;

    public long OffsetOf(long address) => SegmentHeader.Size + (address - startAddress);

    /// <summary>Fills the buffer from an address on, with zeros beyond the file's end.</summary>
    /// <exception cref="FileNotFoundException">The file is gone.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Read(Span<byte> buffer, long address)
    {
        var offset = OffsetOf(address);
        while (buffer.Length > 0)
        {
            var read = ReadSome(buffer, offset);
            if (read <= 0)
                break;
            buffer = buffer[read..];
            offset += read;
        }
        buffer.Clear();
    }

    /// <summary>Whether the file of that name is the one that was listed. A server may have retired it and used it anew.</summary>
    public bool IsStillThere()
    {
        try
        {
            var block = new byte[SegmentHeader.Size];
            using var handle = Open();
            return RandomAccess.Read(handle, block, 0) == block.Length && (header is null || SegmentHeader.Read(block, path) == header);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Log.LogException)
        {
            return false;
        }
    }

    /// <summary>Closes the file; it is opened again when it is read.</summary>
    public void Rest()
    {
        lock (_opening)
        {
            _handle?.Dispose();
            _handle = null;
        }
    }

    public void Dispose() => Rest();

    int ReadSome(Span<byte> buffer, long offset)
    {
        while (true)
        {
            SafeFileHandle handle;
            lock (_opening)
                handle = _handle ??= Open();
            try
            {
                return RandomAccess.Read(handle, buffer, offset);
            }
            catch (ObjectDisposedException)
            {
                // Another thread was done with it at this moment.
            }
        }
    }

    SafeFileHandle Open() => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
}
