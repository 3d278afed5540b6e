using Wire.Storage.Files;

namespace Wire.Storage.Tests;

internal sealed partial class VolatileDisk
{
    sealed class OpenFile(VolatileDisk disk, VolatileFile file, string path) : IDataFile, IFileMap
    {
        int _toldOf = file.FailedSyncs;

        public long Length
        {
            get
            {
                lock (disk._lock)
                    return file.Length;
            }
        }

        public void SetLength(long length) => disk.Change(FileOperation.SetLength, path, () => { file.SetLength(length); return 0; });

        public int Write(ReadOnlySpan<byte> bytes, long offset)
        {
            disk.BeforeOperation?.Invoke();
            var fault = disk.Faults?.Ask(new FileCall(FileOperation.Write, path, offset, bytes.Length, IsDevice));
            if (fault is not null)
                bytes = bytes[..(int)(bytes.Length * fault.Part)];
            lock (disk._lock)
            {
                disk.NeedRoom(disk.Capacity is null ? 0 : file.NewSectors(offset, bytes.Length));
                file.Write(bytes, offset);
            }
            if (fault?.Error is { } error)
                throw error();
            return bytes.Length;
        }

        public int Read(Span<byte> bytes, long offset)
        {
            disk.Fail(FileOperation.Read, path);
            lock (disk._lock)
                return file.Read(bytes, offset);
        }

        public void Sync()
        {
            disk.BeforeOperation?.Invoke();
            if (IsDevice)
                disk.BeforeSyncOfDevice?.Invoke();
            var fault = disk.Faults?.Ask(new FileCall(FileOperation.Sync, path, 0, 0, IsDevice));
            lock (disk._lock)
            {
                if (fault is not null)
                    file.FailSync();
                else if (disk.Syncs == SyncKind.Late && IsDevice)
                    file.SyncLate();
                else if (disk.Syncs != SyncKind.Forgotten)
                    file.Sync();
                // As Linux has it: each opening of the file is told once of what was not written since it was opened.
                if (_toldOf == file.FailedSyncs)
                    return;
                _toldOf = file.FailedSyncs;
            }
            throw fault?.Error?.Invoke() ?? new IOException("Input/output error (of an earlier sync)");
        }

        public bool Allocate(long offset, long length) => disk.Change(FileOperation.Allocate, path, () =>
        {
            disk.NeedRoom(file.NewSectors(offset, length));
            file.Reserve(offset, length);
            return true;
        });

        public bool Zero(long offset, long length) => disk.Change(FileOperation.Zero, path, () => { file.Clear(offset, length); return true; });

        public void PunchHole(long offset, long length) => disk.Change(FileOperation.PunchHole, path, () => { file.Forget(offset, length); return 0; });

        public bool KnowsHoles => true;

        public long NextData(long offset)
        {
            lock (disk._lock)
                return file.Next(offset, written: true);
        }

        public long EndOfData(long offset)
        {
            lock (disk._lock)
                return file.Next(offset, written: false);
        }

        public IFileMap Map() => this;

        public ReadOnlySpan<byte> Bytes(long offset, int length)
        {
            var bytes = new byte[length];
            lock (disk._lock)
                _ = file.Read(bytes, offset);
            return bytes;
        }

        public void Prefetch(long offset, long length) { }

        public void Dispose() { }
    }
}
