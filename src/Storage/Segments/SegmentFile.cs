using System.Globalization;
using Wire.Storage.Files;

namespace Wire.Storage.Segments;

/// <summary>
/// One physical file of the log: a header block and then whole pages, of which none is ever in two files. It begins as the
/// spare, with no address; becomes the live file when the log's end reaches it; and is sealed when the next one does.
/// <para>
/// A file that is sealed and on stable storage rests: it is not kept open, so that the number of files is no limit. Its map is
/// made at the first read, and stays for as long as the catalog or any reader holds a reference.
/// </para>
/// </summary>
internal sealed class SegmentFile
{
    public const string Suffix = ".seg";

    readonly IFileLayer _files;
    readonly Lock _opening = new();
    IDataFile? _file;
    IDataFile? _ahead;
    IFileMap? _map;
    int _references = 1;
    int _readErrorIsKnown;
    long _allocated;
    bool _isSettled;
    bool _hasHeader;
    long _end = long.MaxValue;

    SegmentFile(IFileLayer files, IDataFile file, string path, long capacity)
    {
        _files = files;
        _file = file;
        Path = path;
        Capacity = capacity;
    }

    /// <summary>The open file; opened again where it rested. Not to be kept beyond the use at hand.</summary>
    public IDataFile File
    {
        get
        {
            if (Volatile.Read(ref _file) is { } open)
                return open;
            lock (_opening)
            {
                return _file ??= _files.Open(Path);
            }
        }
    }

    /// <summary>
    /// The file once more, for whoever prepares space in it: the system tells each opening of a file by itself that something
    /// could not be written. Through one of them the preparing thread's sync could be told what the device's sync was to be told,
    /// which would then succeed. For that one thread.
    /// </summary>
    public IDataFile Ahead => _ahead ??= _files.Open(Path);

    public string Path { get; private set; }

    /// <summary>Whether this is a cold file, in compressed form. It reads as the segment that it was made of, and is never written.</summary>
    public bool IsCold { get; init; }

    /// <summary>Bytes of pages that the file has room for.</summary>
    public long Capacity { get; }

    /// <summary>The address of the first page; meaningless for a spare.</summary>
    public long StartAddress { get; private set; } = -1;

    public long BegunAt { get; private set; }

    /// <summary>Whether the file has its header and its final name on stable storage. Set by the device's thread.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>
    /// When the first record of a session was appended, nanoseconds since 1970: the file ages from then on; null where there is
    /// none. Guarded by the log's append lock.
    /// </summary>
    public long? InUseSince { get; set; }

    /// <summary>Bytes of pages whose disk space is allocated, from the first page on; whole pages. Written by one thread.</summary>
    public long Allocated
    {
        get => Volatile.Read(ref _allocated);
        set => Volatile.Write(ref _allocated, value);
    }

    /// <summary>
    /// Whether nothing more will be written to it, all of it is on stable storage, and nobody but readers uses it. Set by the
    /// keeper's thread.
    /// </summary>
    public bool IsSettled
    {
        get => Volatile.Read(ref _isSettled);
        set => Volatile.Write(ref _isSettled, value);
    }

    /// <summary>Whether all of its disk space is its own already, though it is not written: of a file that is used again, and with retention.</summary>
    public bool OwnsSpace { get; private set; }

    /// <summary>Bytes of pages, from the first one on, of which the disk space is its own. Some may still have to be prepared.</summary>
    public long Space => OwnsSpace ? Capacity : Allocated;

    /// <summary>What it takes on disk, in bytes: until it is sealed what is allocated, and no more than its pages then.</summary>
    public long BytesOnDisk => IsCold ? CompactedLength : SegmentHeader.Size + (EndAddress == long.MaxValue ? Allocated : EndAddress - StartAddress);

    /// <summary>Of a cold file, its length in bytes.</summary>
    public long CompactedLength { get; init; }

    /// <summary>Called with the file when the last reference is dropped, on that thread.</summary>
    public Action<SegmentFile>? Released { get; set; }

    /// <summary>The address at which the next file begins; <see cref="long.MaxValue"/> until it is sealed.</summary>
    public long EndAddress => Volatile.Read(ref _end);

    /// <summary>The address that this file can hold bytes up to.</summary>
    public long Limit => Math.Min(EndAddress, StartAddress + Capacity);

    /// <summary>A new file, of which only the header has disk space, or all of it where that is asked for and can be had without writing.</summary>
    /// <exception cref="DiskFullException">There is no room; no file is left.</exception>
    public static SegmentFile CreateSpare(IFileLayer files, string path, long capacity, bool takesSpace)
    {
        var file = files.Create(path);
        IDataFile? ahead = null;
        bool ownsSpace;
        try
        {
            ahead = files.Open(path);
            file.SetLength(SegmentHeader.Size + capacity);
            TakeHeaderSpace(file);
            ownsSpace = takesSpace && file.Allocate(SegmentHeader.Size, capacity);
            file.Sync();
        }
        catch
        {
            ahead?.Dispose();
            file.Dispose();
            files.Delete(path);
            throw;
        }
        return new SegmentFile(files, file, path, capacity) { OwnsSpace = ownsSpace, _ahead = ahead };
    }

    /// <summary>A spare that an earlier process left, perhaps before it had any space.</summary>
    /// <exception cref="DiskFullException">There is no room for its header, or for all of it.</exception>
    public static SegmentFile OpenSpare(IFileLayer files, IDataFile file, string path, long capacity, int pageBytes, bool takesSpace)
    {
        TakeHeaderSpace(file);
        // By its present name: it gets another from another thread.
        var segment = new SegmentFile(files, file, path, capacity)
        {
            OwnsSpace = takesSpace && file.Allocate(SegmentHeader.Size, capacity),
            _ahead = files.Open(path),
        };
        segment.AllocatedFromExtents(0, pageBytes);
        return segment;
    }

    /// <summary>A spare made of a file that has left the log, whose content was given up.</summary>
    public static SegmentFile OpenRecycled(IFileLayer files, IDataFile file, string path, long capacity) =>
        new(files, file, path, capacity) { OwnsSpace = true, _ahead = files.Open(path) };

    public static SegmentFile Open(IFileLayer files, IDataFile file, string path, in SegmentHeader header, bool isCold = false, long compactedLength = 0) =>
        new(files, file, path, header.Capacity)
        {
            IsCold = isCold,
            CompactedLength = compactedLength,
            StartAddress = header.StartAddress,
            BegunAt = header.BegunAt,
            IsEstablished = true,
        };

    public static string NameFor(long startAddress) => string.Create(CultureInfo.InvariantCulture, $"wire-{startAddress:x16}{Suffix}");

    /// <summary>Makes the spare the file of the pages from an address on. Nothing is written yet.</summary>
    public void Begin(long startAddress, long now)
    {
        StartAddress = startAddress;
        BegunAt = now;
    }

    /// <summary>
    /// Gives the file its header and its name, on stable storage, before anything in it can be reported as durable. False where
    /// the folder has no room for the name: to be tried again.
    /// </summary>
    public bool TryEstablish(string folder, Guid folderId, int pageBytes, int nodeId)
    {
        // Before the rename: a file with a segment's name always has a header.
        if (!_hasHeader)
        {
            var block = new byte[SegmentHeader.Size];
            new SegmentHeader(folderId, StartAddress, Capacity, pageBytes, nodeId, BegunAt).Write(block);
            File.WriteAll(block, 0);
            File.Sync();
            _hasHeader = true;
        }

        var final = System.IO.Path.Combine(folder, NameFor(StartAddress));
        try
        {
            _files.Rename(Path, final);
        }
        catch (DiskFullException)
        {
            return false;
        }
        _files.SyncFolder(folder);
        Path = final;
        IsEstablished = true;
        return true;
    }

    /// <summary>Takes the space of all pages from an offset on, where that can be had without writing; for most of them it is there already.</summary>
    public void TakeSpace(long pageOffset)
    {
        try
        {
            OwnsSpace = File.Allocate(SegmentHeader.Size + pageOffset, Capacity - pageOffset);
        }
        catch (DiskFullException)
        {
            // Then it has what it has, and grows as room returns.
        }
    }

    public void Seal(long endAddress) => Volatile.Write(ref _end, endAddress);

    /// <summary>Opens the file for appends again, when recovery cut away what came after it.</summary>
    public void Unseal()
    {
        IsSettled = false;
        Volatile.Write(ref _end, long.MaxValue);
    }

    public long OffsetOf(long address) => SegmentHeader.Size + (address - StartAddress);

    /// <summary>
    /// Takes what follows a place in the pages as allocated for as far as it was ever written. On systems that cannot tell,
    /// nothing is, and it is written again.
    /// </summary>
    public void AllocatedFromExtents(long pageOffset, int pageBytes)
    {
        var written = File.EndOfData(SegmentHeader.Size + pageOffset) - SegmentHeader.Size;
        Allocated = Math.Clamp(written & -pageBytes, 0, Capacity);
    }

    /// <summary>Takes a reference and the map, which is null where files are not mapped; false once the file is retired.</summary>
    public bool TryPin(out IFileMap? map)
    {
        map = null;
        var references = Volatile.Read(ref _references);
        while (true)
        {
            if (references == 0)
                return false;
            var seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
                break;
            references = seen;
        }

        var made = Volatile.Read(ref _map);
        if (made is null && _files.MapsFiles)
        {
            try
            {
                lock (_opening)
                {
                    made = _map ??= MakeMap();
                }
            }
            catch
            {
                Unpin();
                throw;
            }
        }
        map = made;
        return true;
    }

    /// <summary>The file for a reader of its own, who holds a reference and disposes of it.</summary>
    public IDataFile OpenForReading() => _files.Open(Path);

    /// <summary>Whether nobody has been told yet that a read of this file failed; true once.</summary>
    public bool IsFirstReadError() => Interlocked.Exchange(ref _readErrorIsKnown, 1) == 0;

    /// <summary>Drops a reference; with the last one the map and the file are closed.</summary>
    public void Unpin()
    {
        if (Interlocked.Decrement(ref _references) != 0)
            return;
        _map?.Dispose();
        Rest();
        Released?.Invoke(this);
    }

    /// <summary>Closes the file. Nobody else may be using it, except to read its map.</summary>
    public void Rest()
    {
        lock (_opening)
        {
            _file?.Dispose();
            _file = null;
            _ahead?.Dispose();
            _ahead = null;
        }
    }

    // The header is written by the device, for which a full disk would be an error that is final.
    static void TakeHeaderSpace(IDataFile file)
    {
        if (!file.Allocate(0, SegmentHeader.Size))
            file.WriteAll(new byte[SegmentHeader.Size], 0);
    }

    IFileMap MakeMap()
    {
        if (_file is { } open)
            return open.Map();
        using var file = _files.Open(Path);
        return file.Map();
    }
}
