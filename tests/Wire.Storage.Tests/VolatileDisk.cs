using Wire.Storage.Files;

namespace Wire.Storage.Tests;

/// <summary>
/// A disk in memory that forgets. What was not synced is at a crash there or not, sector by sector, in any order, and of a
/// sector that was written several times any version. Names that were not synced with their folder are there in the order in
/// which they were made up to some place, as a journal keeps them, or each by itself.
/// </summary>
internal sealed partial class VolatileDisk : IFileLayer
{
    readonly Lock _lock = new();
    readonly Dictionary<string, VolatileFile> _names = [];
    readonly Dictionary<string, VolatileFile> _durableNames = [];
    readonly List<NameChange> _pendingNames = [];

    /// <summary>Called before each operation that changes anything, on the thread that asks for it.</summary>
    public Action? BeforeOperation { get; set; }

    /// <summary>Called on the device's thread when it is about to sync a file.</summary>
    public Action? BeforeSyncOfDevice { get; set; }

    /// <summary>What goes wrong. What a sync was to bring to stable storage and failed to is never written again.</summary>
    public FaultPlan? Faults { get; set; }

    /// <summary>What the syncs of files do.</summary>
    public SyncKind Syncs { get; init; }

    /// <summary>What the syncs of folders do.</summary>
    public SyncKind FolderSyncs { get; init; }

    /// <summary>Bytes that fit; null: no bound.</summary>
    public long? Capacity { get; set; }

    /// <summary>How often an operation met a full disk.</summary>
    public int RefusedForRoom { get; private set; }

    /// <summary>No more room from now on than is taken.</summary>
    public void FillUp()
    {
        lock (_lock)
            Capacity = UsedBytes();
    }

    /// <summary>So much more room than is taken.</summary>
    public void MakeRoom(long bytes)
    {
        lock (_lock)
            Capacity = UsedBytes() + bytes;
    }

    /// <summary>What a power cut leaves that takes all that it can.</summary>
    public VolatileDisk OnlyWhatIsDurable()
    {
        lock (_lock)
        {
            var image = Empty();
            foreach (var (path, file) in _durableNames)
                image._names[path] = image._durableNames[path] = file.AfterCrash(Random.Shared, chance: 0);
            return image;
        }
    }

    /// <summary>What a power cut at this moment leaves.</summary>
    public VolatileDisk Crash(Random random)
    {
        lock (_lock)
        {
            var image = Empty();
            var names = new Dictionary<string, VolatileFile>(_durableNames);
            // Half of them as a journal does it.
            var each = random.Next(2) == 0;
            foreach (var change in each ? _pendingNames.Where(_ => random.Next(2) == 0) : _pendingNames.Take(random.Next(_pendingNames.Count + 1)))
                change.Apply(names);
            // All, none, or each sector by itself.
            var chance = random.Next(4) switch { 0 => 0.0, 1 => 1.0, 2 => 0.1, _ => 0.5 };
            foreach (var (path, file) in names)
                image._names[path] = image._durableNames[path] = file.AfterCrash(random, chance);
            return image;
        }
    }

    /// <summary>What the end of the process at this moment leaves: everything that was written, of which some is not synced.</summary>
    public VolatileDisk Kill()
    {
        lock (_lock)
        {
            var image = Empty();
            var copies = new Dictionary<VolatileFile, VolatileFile>();
            foreach (var (path, file) in _names)
                image._names[path] = Copy(file);
            foreach (var (path, file) in _durableNames)
                image._durableNames[path] = Copy(file);
            foreach (var change in _pendingNames)
                image._pendingNames.Add(change with { File = change.File is null ? null : Copy(change.File) });
            return image;

            VolatileFile Copy(VolatileFile file) => copies.TryGetValue(file, out var copy) ? copy : copies[file] = file.Clone();
        }
    }

    /// <summary>Loses a sector that was synced.</summary>
    public void Lose(string path, long offset)
    {
        lock (_lock)
            _names[path].Lose(offset);
    }

    /// <summary>The log's files by their addresses.</summary>
    public List<(string Path, long Start)> Segments()
    {
        lock (_lock)
            return [.. _names.Keys.Where(p => p.EndsWith(".seg", StringComparison.Ordinal))
                .Select(p => (p, Convert.ToInt64(Path.GetFileNameWithoutExtension(p)["wire-".Length..], 16))).OrderBy(s => s.Item2)];
    }

    /// <summary>The slots and the snapshots of the index: files without which the log is opened all the same.</summary>
    public List<string> Hints()
    {
        lock (_lock)
            return [.. _names.Keys.Where(p => Path.GetFileName(p) == "commit.slots" || p.EndsWith(".snap", StringComparison.Ordinal))];
    }

    public IDataFile Create(string path) => Change(FileOperation.Create, path, () =>
    {
        if (_names.ContainsKey(path))
            throw new IOException($"{path} exists.");
        NeedRoom(1);
        var file = new VolatileFile();
        Change(new NameChange(path, Removed: null, file));
        return new OpenFile(this, file, path);
    });

    public IDataFile Open(string path)
    {
        Fail(FileOperation.Open, path);
        lock (_lock)
            return new OpenFile(this, _names.TryGetValue(path, out var file) ? file : throw new FileNotFoundException(path), path);
    }

    public bool Exists(string path)
    {
        lock (_lock)
            return _names.ContainsKey(path);
    }

    public IReadOnlyList<string> List(string folder)
    {
        lock (_lock)
            return _names.Keys.Where(p => Path.GetDirectoryName(p) == folder).ToList();
    }

    public void CreateFolder(string path) { }

    public void Rename(string from, string to) => Change(FileOperation.Rename, to, () =>
    {
        Change(new NameChange(to, Removed: from, _names[from]));
        return 0;
    });

    public void Delete(string path) => Change(FileOperation.Delete, path, () =>
    {
        Change(new NameChange(path, Removed: path, File: null));
        return 0;
    });

    public void SyncFolder(string path) => Change(FileOperation.SyncFolder, path, () =>
    {
        if (FolderSyncs == SyncKind.Forgotten)
            return 0;
        foreach (var change in _pendingNames.Where(c => Path.GetDirectoryName(c.Path) == path))
            change.Apply(_durableNames);
        return _pendingNames.RemoveAll(c => Path.GetDirectoryName(c.Path) == path);
    });

    public long FreeBytes(string path)
    {
        lock (_lock)
            return Capacity is { } capacity ? capacity - UsedBytes() : long.MaxValue / 2;
    }

    VolatileDisk Empty() => new() { Syncs = Syncs, FolderSyncs = FolderSyncs, Capacity = Capacity };

    void Fail(FileOperation operation, string path)
    {
        if (Faults?.Ask(new FileCall(operation, path, 0, 0, IsDevice)) is { Error: { } error })
            throw error();
    }

    static bool IsDevice => Thread.CurrentThread.Name == "wire-log-device";

    T Change<T>(FileOperation operation, string path, Func<T> change)
    {
        BeforeOperation?.Invoke();
        Fail(operation, path);
        lock (_lock)
            return change();
    }

    void Change(NameChange change)
    {
        change.Apply(_names);
        _pendingNames.Add(change);
    }

    long UsedBytes() => _names.Values.Sum(f => f.UsedSectors) * VolatileFile.Sector;

    void NeedRoom(long sectors)
    {
        if (Capacity is not { } capacity || sectors == 0 || UsedBytes() + sectors * VolatileFile.Sector <= capacity)
            return;
        RefusedForRoom++;
        throw new DiskFullException("No space left on device (simulated)");
    }

    sealed record NameChange(string Path, string? Removed, VolatileFile? File)
    {
        public void Apply(Dictionary<string, VolatileFile> names)
        {
            if (Removed is not null)
                names.Remove(Removed);
            if (File is not null)
                names[Path] = File;
        }
    }
}
