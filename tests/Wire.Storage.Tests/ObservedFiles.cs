using Wire.Storage.Files;

namespace Wire.Storage.Tests;

/// <summary>The real files, with a hook before each call: it can look, wait, or throw what the system could have answered.</summary>
internal sealed class ObservedFiles : IFileLayer
{
    /// <summary>Called before each call.</summary>
    public Action<FileCall>? Before { get; set; }

    /// <summary>Called after each call that succeeded.</summary>
    public Action<FileCall>? After { get; set; }

    /// <summary>The most bytes that one write takes, for short writes.</summary>
    public int MaxWrite { get; set; } = int.MaxValue;

    /// <summary>The most bytes that one read gives, for short reads.</summary>
    public int MaxRead { get; set; } = int.MaxValue;

    /// <summary>What goes wrong.</summary>
    public FaultPlan? Faults { get; set; }

    /// <summary>What the disk says is free; null: the truth.</summary>
    public long? Free { get; set; }

    public IDataFile Create(string path) => Do(FileOperation.Create, path, () => new ObservedFile(this, SystemFileLayer.Instance.Create(path), path));

    public IDataFile Open(string path) => Do(FileOperation.Open, path, () => new ObservedFile(this, SystemFileLayer.Instance.Open(path), path));

    public bool Exists(string path) => SystemFileLayer.Instance.Exists(path);

    public IReadOnlyList<string> List(string folder) => SystemFileLayer.Instance.List(folder);

    public void CreateFolder(string path) => SystemFileLayer.Instance.CreateFolder(path);

    public void Rename(string from, string to) => Do(FileOperation.Rename, to, () => { SystemFileLayer.Instance.Rename(from, to); return 0; });

    public void Delete(string path) => Do(FileOperation.Delete, path, () => { SystemFileLayer.Instance.Delete(path); return 0; });

    public void SyncFolder(string path) => Do(FileOperation.SyncFolder, path, () => { SystemFileLayer.Instance.SyncFolder(path); return 0; });

    public long FreeBytes(string path) => Free ?? SystemFileLayer.Instance.FreeBytes(path);

    T Do<T>(FileOperation operation, string path, Func<T> call, long offset = 0, int length = 0)
    {
        var description = new FileCall(operation, path, offset, length, Thread.CurrentThread.Name == "wire-log-device");
        Before?.Invoke(description);
        if (Faults?.Ask(description) is { Error: { } error })
            throw error();
        var result = call();
        After?.Invoke(description);
        return result;
    }

    sealed class ObservedFile(ObservedFiles owner, IDataFile inner, string path) : IDataFile
    {
        public long Length => inner.Length;

        public void SetLength(long length) => owner.Do(FileOperation.SetLength, path, () => { inner.SetLength(length); return 0; }, length);

        public int Write(ReadOnlySpan<byte> bytes, long offset)
        {
            bytes = bytes[..Math.Min(bytes.Length, owner.MaxWrite)];
            var call = new FileCall(FileOperation.Write, path, offset, bytes.Length, Thread.CurrentThread.Name == "wire-log-device");
            owner.Before?.Invoke(call);
            var fault = owner.Faults?.Ask(call);
            if (fault is not null)
                bytes = bytes[..(int)(bytes.Length * fault.Part)];
            var written = bytes.Length == 0 ? 0 : inner.Write(bytes, offset);
            if (fault?.Error is { } error)
                throw error();
            owner.After?.Invoke(call);
            return written;
        }

        public int Read(Span<byte> bytes, long offset)
        {
            bytes = bytes[..Math.Min(bytes.Length, owner.MaxRead)];
            var call = new FileCall(FileOperation.Read, path, offset, bytes.Length, Thread.CurrentThread.Name == "wire-log-device");
            owner.Before?.Invoke(call);
            if (owner.Faults?.Ask(call) is { Error: { } error })
                throw error();
            var read = inner.Read(bytes, offset);
            owner.After?.Invoke(call);
            return read;
        }

        public void Sync() => owner.Do(FileOperation.Sync, path, () => { inner.Sync(); return 0; });

        public bool Allocate(long offset, long length) => owner.Do(FileOperation.Allocate, path, () => inner.Allocate(offset, length), offset, (int)length);

        public bool Zero(long offset, long length) => owner.Do(FileOperation.Zero, path, () => inner.Zero(offset, length), offset, (int)length);

        public void PunchHole(long offset, long length) => owner.Do(FileOperation.PunchHole, path, () => { inner.PunchHole(offset, length); return 0; }, offset, (int)length);

        public bool KnowsHoles => inner.KnowsHoles;

        public long NextData(long offset) => inner.NextData(offset);

        public long EndOfData(long offset) => inner.EndOfData(offset);

        public IFileMap Map() => owner.Do(FileOperation.Map, path, inner.Map);

        public void Dispose() => inner.Dispose();
    }
}

internal enum FileOperation
{
    Create,
    Open,
    Rename,
    Delete,
    SyncFolder,
    SetLength,
    Write,
    Sync,
    Allocate,
    PunchHole,
    Zero,
    Read,
    Map,
}

/// <param name="Operation">What is asked.</param>
/// <param name="Path">The file's path when it was opened, or the new name.</param>
/// <param name="Offset">Where, or the new length.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="ByDevice">Whether the device's thread asks: a write of the log's pages, and not one of zeros ahead.</param>
internal readonly record struct FileCall(FileOperation Operation, string Path, long Offset, int Length, bool ByDevice);
