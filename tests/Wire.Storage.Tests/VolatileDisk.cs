using Wire.Storage.Files;

namespace Wire.Storage.Tests;

/// <summary>
/// A disk in memory that forgets: what was not synced is at a crash there or not, sector by sector, and names that were not
/// synced with their folder are there in the order in which they were made, or not.
/// </summary>
internal sealed class VolatileDisk : IFileLayer
{
    const int Sector = 512;

    readonly Lock _lock = new();
    readonly Dictionary<string, Inode> _names = [];
    readonly Dictionary<string, Inode> _durableNames = [];
    readonly List<NameChange> _pendingNames = [];

    /// <summary>Called before each operation, on the thread that asks for it.</summary>
    public Action? BeforeOperation { get; set; }

    /// <summary>Faults for the negative controls: a sync that does nothing.</summary>
    public bool ForgetsSyncs { get; init; }

    /// <summary>What a power cut at this moment leaves.</summary>
    public VolatileDisk Crash(Random random)
    {
        lock (_lock)
        {
            var image = new VolatileDisk { ForgetsSyncs = ForgetsSyncs };
            var names = new Dictionary<string, Inode>(_durableNames);
            foreach (var change in _pendingNames.Take(random.Next(_pendingNames.Count + 1)))
                change.Apply(names);
            // All, none, or each sector by itself.
            var chance = random.Next(4) switch { 0 => 0.0, 1 => 1.0, 2 => 0.1, _ => 0.5 };
            foreach (var (path, inode) in names)
            {
                var copy = inode.AfterCrash(random, chance);
                image._names[path] = copy;
                image._durableNames[path] = copy;
            }
            return image;
        }
    }

    /// <summary>What the end of the process at this moment leaves: everything that was written, of which some is not synced.</summary>
    public VolatileDisk Kill()
    {
        lock (_lock)
        {
            var image = new VolatileDisk { ForgetsSyncs = ForgetsSyncs };
            var copies = new Dictionary<Inode, Inode>();
            foreach (var (path, inode) in _names)
                image._names[path] = Copy(inode);
            foreach (var (path, inode) in _durableNames)
                image._durableNames[path] = Copy(inode);
            foreach (var change in _pendingNames)
                image._pendingNames.Add(change with { File = change.File is null ? null : Copy(change.File) });
            return image;

            Inode Copy(Inode inode) => copies.TryGetValue(inode, out var copy) ? copy : copies[inode] = inode.Clone();
        }
    }

    public IDataFile Create(string path)
    {
        BeforeOperation?.Invoke();
        lock (_lock)
        {
            if (_names.ContainsKey(path))
                throw new IOException($"{path} exists.");
            var inode = new Inode();
            Change(new NameChange(path, Removed: null, inode));
            return new DiskFile(this, inode);
        }
    }

    public IDataFile Open(string path)
    {
        lock (_lock)
            return new DiskFile(this, _names.TryGetValue(path, out var inode) ? inode : throw new FileNotFoundException(path));
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

    public void Rename(string from, string to)
    {
        BeforeOperation?.Invoke();
        lock (_lock)
        {
            Change(new NameChange(to, Removed: from, _names[from]));
        }
    }

    public void Delete(string path)
    {
        BeforeOperation?.Invoke();
        lock (_lock)
            Change(new NameChange(path, Removed: path, File: null));
    }

    public void SyncFolder(string path)
    {
        BeforeOperation?.Invoke();
        lock (_lock)
        {
            if (ForgetsSyncs)
                return;
            foreach (var change in _pendingNames.Where(c => Path.GetDirectoryName(c.Path) == path))
                change.Apply(_durableNames);
            _pendingNames.RemoveAll(c => Path.GetDirectoryName(c.Path) == path);
        }
    }

    public long FreeBytes(string path) => long.MaxValue / 2;

    void Change(NameChange change)
    {
        change.Apply(_names);
        _pendingNames.Add(change);
    }

    sealed record NameChange(string Path, string? Removed, Inode? File)
    {
        public void Apply(Dictionary<string, Inode> names)
        {
            if (Removed is not null)
                names.Remove(Removed);
            if (File is not null)
                names[Path] = File;
        }
    }

    sealed class Inode
    {
        byte[] _current = [];
        byte[] _durable = [];
        readonly HashSet<long> _dirty = [];
        readonly HashSet<long> _written = [];

        public long Length => _current.Length;

        public byte[] Current => _current;

        public void SetLength(long length) => Array.Resize(ref _current, (int)length);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (offset + bytes.Length > _current.Length)
                SetLength(offset + bytes.Length);
            bytes.CopyTo(_current.AsSpan((int)offset));
            for (var sector = offset / Sector; sector * Sector < offset + bytes.Length; sector++)
            {
                _dirty.Add(sector);
                _written.Add(sector);
            }
        }

        public void Forget(long offset, long length)
        {
            Write(new byte[length], offset);
            for (var sector = offset / Sector; sector * Sector < offset + length; sector++)
                _written.Remove(sector);
        }

        public long Next(long offset, bool written)
        {
            while (offset < Length && _written.Contains(offset / Sector) != written)
                offset = (offset / Sector + 1) * Sector;
            return Math.Min(offset, Length);
        }

        public void Sync()
        {
            Array.Resize(ref _durable, _current.Length);
            foreach (var sector in _dirty)
                CopySector(_current, _durable, sector);
            _dirty.Clear();
        }

        public Inode AfterCrash(Random random, double chance)
        {
            var copy = new Inode { _durable = (byte[])_durable.Clone() };
            if (_current.Length != _durable.Length && random.NextDouble() < chance)
                Array.Resize(ref copy._durable, _current.Length);
            foreach (var sector in _dirty.Where(_ => random.NextDouble() < chance))
                CopySector(_current, copy._durable, sector);
            copy._current = (byte[])copy._durable.Clone();
            foreach (var sector in _written)
                copy._written.Add(sector);
            return copy;
        }

        public Inode Clone()
        {
            var copy = new Inode { _current = (byte[])_current.Clone(), _durable = (byte[])_durable.Clone() };
            copy._dirty.UnionWith(_dirty);
            copy._written.UnionWith(_written);
            return copy;
        }

        static void CopySector(byte[] from, byte[] to, long sector)
        {
            var start = (int)sector * Sector;
            var length = Math.Min(Sector, Math.Min(from.Length, to.Length) - start);
            if (length > 0)
                from.AsSpan(start, length).CopyTo(to.AsSpan(start));
        }
    }

    sealed class DiskFile(VolatileDisk disk, Inode inode) : IDataFile
    {
        public long Length => Do(() => inode.Length);

        public void SetLength(long length) => Do(() => { inode.SetLength(length); return 0; });

        public int Write(ReadOnlySpan<byte> bytes, long offset)
        {
            disk.BeforeOperation?.Invoke();
            lock (disk._lock)
                inode.Write(bytes, offset);
            return bytes.Length;
        }

        public int Read(Span<byte> bytes, long offset)
        {
            lock (disk._lock)
            {
                var length = (int)Math.Clamp(inode.Length - offset, 0, bytes.Length);
                inode.Current.AsSpan((int)Math.Min(offset, inode.Length), length).CopyTo(bytes);
                return length;
            }
        }

        public void Sync()
        {
            disk.BeforeOperation?.Invoke();
            lock (disk._lock)
            {
                if (!disk.ForgetsSyncs)
                    inode.Sync();
            }
        }

        public bool Allocate(long offset, long length) => true;

        public void PunchHole(long offset, long length) => Do(() => { inode.Forget(offset, length); return 0; });

        public bool KnowsHoles => true;

        public long NextData(long offset) => Do(() => inode.Next(offset, written: true));

        public long EndOfData(long offset) => Do(() => inode.Next(offset, written: false));

        public IFileMap Map() => new DiskMap(inode);

        public void Dispose() { }

        T Do<T>(Func<T> call)
        {
            lock (disk._lock)
                return call();
        }
    }

    sealed class DiskMap(Inode inode) : IFileMap
    {
        public long Length => inode.Length;

        public ReadOnlySpan<byte> Bytes(long offset, int length) => inode.Current.AsSpan((int)offset, length);

        public void Prefetch(long offset, long length) { }

        public void Dispose() { }
    }
}
