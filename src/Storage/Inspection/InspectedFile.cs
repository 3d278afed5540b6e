using Wire.Storage.Files;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Inspection;

/// <summary>
/// A file of the log, read without being kept from whoever writes, renames or deletes it; a segment that is compacted meanwhile is read on
/// from its cold file. Thread-safe.
/// </summary>
/// <param name="files">Opens it.</param>
/// <param name="coldFiles">Opens the cold file that may take its place; of a cold file the same.</param>
/// <param name="path">Where it is.</param>
/// <param name="startAddress">Of its first page.</param>
/// <param name="capacity">Bytes of pages that it has room for.</param>
/// <param name="length">Of the file.</param>
/// <param name="header">The segment's; null where it is damaged.</param>
internal sealed class InspectedFile(IFileLayer files, IFileLayer coldFiles, string path, long startAddress, long capacity, long length, SegmentHeader? header)
    : IDisposable
{
    readonly Lock _opening = new();
    IDataFile? _handle;

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
            return handle.Read(block, 0) == block.Length && (header is null || SegmentHeader.Read(block, path) == header);
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
            IDataFile handle;
            lock (_opening)
                handle = _handle ??= Open();
            try
            {
                return handle.Read(buffer, offset);
            }
            catch (ObjectDisposedException)
            {
                // Another thread was done with it at this moment.
            }
        }
    }

    IDataFile Open()
    {
        try
        {
            return files.Open(path);
        }
        catch (FileNotFoundException) when (path.EndsWith(SegmentFile.Suffix, StringComparison.Ordinal) && coldFiles.Exists(SegmentFolder.ColdTwin(path)))
        {
            return coldFiles.Open(SegmentFolder.ColdTwin(path));
        }
    }
}
