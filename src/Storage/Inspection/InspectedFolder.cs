using System.Globalization;
using Wire.Log;
using Wire.Storage.Compaction;
using Wire.Storage.Encryption;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Inspection;

/// <summary>
/// A data folder as it is at one moment, for reading only: nothing is locked or changed, and a server may have it open and go on
/// with it. Thread-safe once opened.
/// </summary>
internal sealed class InspectedFolder : IDisposable
{
    const string Prefix = "wire-";
    const long ColdCacheBytes = 32 << 20;

    readonly List<LogFault> _faults = [];
    readonly ColdFileLayer _coldFiles;

    InspectedFolder(string path, FolderIdentity identity, FolderKeys keys)
    {
        Path = path;
        Identity = identity;
        Keys = keys;
        _coldFiles = new ColdFileLayer(ReadOnlyFiles.Instance, keys, new ColdCache(ColdCacheBytes));
    }

    public string Path { get; }

    public FolderIdentity Identity { get; }

    public FolderKeys Keys { get; }

    /// <summary>Who has it open; null: nobody.</summary>
    public string? Holder { get; private set; }

    public bool IsLive => Holder is not null;

    /// <summary>How far the log was on stable storage, at least, before anything else was read; null where that is not known.</summary>
    public CommitSlot? Slot { get; private set; }

    /// <summary>The newest process's boot epoch; null where its file is lost.</summary>
    public uint? StoredEpoch { get; private set; }

    /// <summary>The log's files in the order of their addresses.</summary>
    public IReadOnlyList<InspectedFile> Files { get; private set; } = [];

    /// <summary>What is wrong with the folder and with the headers of its files.</summary>
    public IReadOnlyList<LogFault> Faults => _faults;

    public string SegmentsPath => System.IO.Path.Combine(Path, SegmentFolder.Name);

    /// <summary>The lowest address that there is.</summary>
    public long BeginAddress => Files.Count == 0 ? PageFraming.FirstAddress : Math.Max(Files[0].StartAddress, PageFraming.FirstAddress);

    /// <summary>Looks at a folder.</summary>
    /// <param name="path">The data folder.</param>
    /// <param name="keyFile">Its keys; null: what is encrypted is not read.</param>
    /// <exception cref="LogException">It is no data folder, one that this program cannot read, or its keys are others.</exception>
    public static InspectedFolder Open(string path, string? keyFile = null)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            var identity = FolderIdentity.Read(ReadOnlyFiles.Instance, path)
                ?? throw new LogException($"{path} is not a data folder of Wire: it has no file named {FolderIdentity.FileName}.");
            var keys = new FolderKeys(keyFile is null ? KeyRing.None : KeyRing.Load(keyFile), identity.Id);
            if (keyFile is not null)
                KeyUses.Read(ReadOnlyFiles.Instance, path, identity.Id).Check(keys, path);
            var folder = new InspectedFolder(path, identity, keys);
            folder.Look();
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The file that holds an address; null where none does.</summary>
    public InspectedFile? Find(long address)
    {
        int low = 0, high = Files.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (address < Files[middle].StartAddress)
                high = middle - 1;
            else if (address >= Files[middle].Limit)
                low = middle + 1;
            else
                return Files[middle];
        }
        return null;
    }

    public LogFault FaultAt(long address, string reason) => Find(address) is { } file
        ? new LogFault(file.Path, file.OffsetOf(address), address, reason)
        : new LogFault(SegmentsPath, 0, address, reason);

    public void Dispose()
    {
        foreach (var file in Files)
            file.Dispose();
        Keys.Clear();
    }

    void Look()
    {
        Holder = FolderHolder.Of(Path);
        // Before the files: whatever it calls durable is in them.
        Slot = CommitSlots.Read(ReadOnlyFiles.Instance, Path, Identity.Id);
        StoredEpoch = EpochFile.Read(ReadOnlyFiles.Instance, Path);

        var files = new List<InspectedFile>();
        foreach (var path in ReadOnlyFiles.Instance.List(SegmentsPath))
        {
            var name = System.IO.Path.GetFileName(path);
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            var isCold = name.EndsWith(ColdHeader.Suffix, StringComparison.Ordinal);
            // Where both are there, the start takes the cold one.
            var isSegment = name.EndsWith(SegmentFile.Suffix, StringComparison.Ordinal) && !ReadOnlyFiles.Instance.Exists(SegmentFolder.ColdTwin(path));
            if (isCold && LookAtCold(path) is { } cold)
                files.Add(cold);
            else if (isSegment && LookAt(path, name) is { } file)
                files.Add(file);
        }
        files.Sort((a, b) => a.StartAddress.CompareTo(b.StartAddress));
        // Once more: what was retired meanwhile is not missing, and what has left the log and is still there is none of it.
        var slot = CommitSlots.Read(ReadOnlyFiles.Instance, Path, Identity.Id);
        while (files.Count > 1 && files[1].StartAddress <= slot?.BeginAddress)
            files.RemoveAt(0);
        Files = files;
        CheckOrder(slot);
    }

    InspectedFile? LookAt(string path, string name)
    {
        if (!long.TryParse(name.AsSpan()[Prefix.Length..^SegmentFile.Suffix.Length], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var named))
            return Fault("has a name that no file of a log has");
        try
        {
            var block = new byte[SegmentHeader.Size];
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(handle);
            var read = 0;
            while (read < block.Length && RandomAccess.Read(handle, block.AsSpan(read), read) is > 0 and var more)
                read += more;
            return LookAt(path, named, length, block);
        }
        catch (FileNotFoundException)
        {
            return null; // retired since it was listed
        }

        InspectedFile? Fault(string reason)
        {
            _faults.Add(new LogFault(path, 0, null, reason));
            return null;
        }
    }

    InspectedFile? LookAt(string path, long named, long length, byte[] block)
    {
        SegmentHeader header;
        try
        {
            header = SegmentHeader.Read(block, path);
        }
        catch (LogException e)
        {
            // Its name and its length say what is needed to read it all the same.
            _faults.Add(new LogFault(path, 0, null, "the file's header cannot be read: " + e.Message));
            var room = (length - SegmentHeader.Size) & -(long)Identity.PageBytes;
            return room > 0 && named % Identity.PageBytes == 0 ? new InspectedFile(ReadOnlyFiles.Instance, _coldFiles, path, named, room, length, null) : null;
        }
        if (header.FolderId != Identity.Id)
            return Fault(16, "the file belongs to another data folder");
        if (header.PageBytes != Identity.PageBytes || header.Capacity <= 0 || header.Capacity % header.PageBytes != 0 || header.StartAddress % header.PageBytes != 0)
            return Fault(40, $"the file does not fit its folder's pages of {Identity.PageBytes} bytes");
        if (header.StartAddress != named)
            Fault(32, $"the file was renamed: it holds the log from address {header.StartAddress:x16} on");
        if (length < SegmentHeader.Size + header.Capacity)
            Fault(length, $"the file is cut short: it has {length} bytes and needs {SegmentHeader.Size + header.Capacity}");
        return new InspectedFile(ReadOnlyFiles.Instance, _coldFiles, path, header.StartAddress, header.Capacity, length, header);

        InspectedFile? Fault(long offset, string reason)
        {
            _faults.Add(new LogFault(path, offset, null, reason));
            return null;
        }
    }

    /// <exception cref="LogException">It is encrypted with a key that is not there: nothing of it can be looked at.</exception>
    InspectedFile? LookAtCold(string path)
    {
        if (OpenCold(path) is not { } file)
            return null;
        using (file)
        {
            if (file.Header.KeyId != 0 && !Keys.Ring.TryGet(file.Header.KeyId, out _))
                throw new LogException($"The file {path} was compacted, and {Keys.WhyNot(file.Header.KeyId)}.");
            var block = new byte[SegmentHeader.Size];
            file.ReadZeroFilled(block, 0);
            var header = SegmentHeader.Read(block, path);
            if (header.FolderId == Identity.Id && header.PageBytes == Identity.PageBytes)
            {
                return new InspectedFile(_coldFiles, _coldFiles, path, header.StartAddress, header.Capacity, new FileInfo(path).Length, header)
                {
                    Limit = file.Header.EndAddress,
                };
            }
            _faults.Add(new LogFault(path, 16, null, "the file belongs to another data folder"));
            return null;
        }
    }

    ColdFile? OpenCold(string path)
    {
        try
        {
            return (ColdFile)_coldFiles.Open(path);
        }
        catch (FileNotFoundException)
        {
            return null; // retired since it was listed
        }
        catch (LogException e)
        {
            _faults.Add(new LogFault(path, 0, null, "the file cannot be opened: " + e.Message));
            return null;
        }
    }

    void CheckOrder(CommitSlot? slot)
    {
        if (slot is not null && Files.Count > 0 && Files[0].StartAddress > slot.Value.BeginAddress)
            _faults.Add(new LogFault(SegmentsPath, 0, slot.Value.BeginAddress, $"a file is missing: the log begins at address {slot.Value.BeginAddress:x16}, the first file at {Files[0].StartAddress:x16}"));
        for (var i = 0; i + 1 < Files.Count; i++)
        {
            var (file, next) = (Files[i], Files[i + 1]);
            if (next.StartAddress > file.Limit)
                _faults.Add(new LogFault(SegmentsPath, 0, file.Limit, $"a file is missing: {System.IO.Path.GetFileName(file.Path)} ends at address {file.Limit:x16}, and the next file begins at {next.StartAddress:x16}"));
            file.Limit = Math.Min(file.Limit, next.StartAddress);
        }
    }
}
