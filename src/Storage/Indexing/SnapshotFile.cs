using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Wire.Log;
using Wire.Storage.Files;

namespace Wire.Storage.Indexing;

/// <summary>
/// The index as it was at one place of the log, in the folder <c>index</c>: with it a start reads only what came after that
/// place. It is a copy of what the log says: one that is missing, stale or damaged costs time and nothing else. Layout:
/// <see cref="SnapshotHeader"/>.
/// </summary>
internal static class SnapshotFile
{
    public const string FolderName = "index";
    public const string Suffix = ".snap";
    const string Prefix = "tails-", TemporaryName = "tails.tmp";

    /// <summary>Bytes of one session.</summary>
    public const int EntryBytes = 16;

    const int BlockBytes = 1 << 20, BlockHead = 8, UnansweredBytes = 24;

    /// <summary>Writes a snapshot, on stable storage when this returns, in the place of those before it.</summary>
    /// <returns>Its size in bytes.</returns>
    public static long Write(IFileLayer files, string folder, Guid folderId, LogIndex index)
    {
        var temporary = Path.Combine(folder, TemporaryName);
        if (files.Exists(temporary))
            files.Delete(temporary);
        var final = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{index.End:x16}{Suffix}"));
        long size;
        try
        {
            using var file = files.Create(temporary);
            var writer = new BlockWriter(file);
            var counts = new uint[SessionIndex.Parts];
            SessionIndex.Entry[] entries = [];
            for (var part = 0; part < counts.Length; part++)
            {
                var count = index.Sessions.CopyPart(part, ref entries);
                counts[part] = (uint)count;
                foreach (ref readonly var entry in entries.AsSpan(0, count))
                {
                    var to = writer.Next(EntryBytes);
                    BinaryPrimitives.WriteUInt64LittleEndian(to, entry.Hash);
                    BinaryPrimitives.WriteInt64LittleEndian(to[8..], entry.Address);
                }
            }
            foreach (var (hash, (sequence, address)) in index.Unanswered)
            {
                var to = writer.Next(UnansweredBytes);
                BinaryPrimitives.WriteUInt64LittleEndian(to, hash);
                BinaryPrimitives.WriteUInt64LittleEndian(to[8..], sequence);
                BinaryPrimitives.WriteInt64LittleEndian(to[16..], address);
            }
            size = writer.Finish();

            var block = new byte[SnapshotHeader.Size];
            new SnapshotHeader
            {
                FolderId = folderId,
                Position = index.End,
                LastAddress = index.LastAddress,
                LastSequence = index.LastSequence,
                LastEpoch = index.LastEpoch,
                LastMessageId = index.LastMessageId,
                Unanswered = index.Unanswered.Count,
                Handler = index.Handler ?? [],
                Counts = counts,
            }.Write(block);
            file.WriteAll(block, 0);
            file.Sync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (files.Exists(temporary))
                files.Delete(temporary);
            throw;
        }
        files.Rename(temporary, final);
        files.SyncFolder(folder);
        foreach (var path in files.List(folder))
        {
            if (path != final)
                files.Delete(path);
        }
        return size;
    }

    /// <summary>Reads the newest snapshot that is whole and fits; null where there is none.</summary>
    /// <param name="files">The files.</param>
    /// <param name="folder">That of the snapshots.</param>
    /// <param name="folderId">That of the log.</param>
    /// <param name="seed">The index's.</param>
    /// <param name="handler">What is unanswered is known of one handler only.</param>
    /// <param name="fits">Whether the log has the last record that a snapshot names.</param>
    /// <param name="rejected">Called with each file that cannot be used, and why.</param>
    public static LogIndex? Read(IFileLayer files, string folder, Guid folderId, UInt128 seed, byte[]? handler,
        Func<SnapshotHeader, string?> fits, Action<string, string> rejected)
    {
        IReadOnlyList<string> paths;
        try
        {
            paths = files.List(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            rejected(folder, e.Message);
            return null;
        }
        // The names order them: the address has all its digits.
        foreach (var path in paths.Where(p => p.EndsWith(Suffix, StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal))
        {
            try
            {
                using var file = files.Open(path);
                if (TryRead(file, folderId, seed, handler, fits, out var why) is { } index)
                    return index;
                rejected(path, why);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                rejected(path, e.Message);
            }
        }
        return null;
    }

    static LogIndex? TryRead(IDataFile file, Guid folderId, UInt128 seed, byte[]? handler, Func<SnapshotHeader, string?> fits, out string why)
    {
        var block = new byte[SnapshotHeader.Size];
        file.ReadZeroFilled(block, 0);
        why = "its header is damaged, or of another version";
        if (SnapshotHeader.Read(block) is not { } header)
            return null;
        why = "it belongs to another data folder";
        if (header.FolderId != folderId)
            return null;
        why = "it was made for another handler, and does not say what this one has left unanswered";
        if (handler is not null && !header.Handler.AsSpan().SequenceEqual(handler))
            return null;
        if (fits(header) is { } misfit)
        {
            why = misfit;
            return null;
        }

        why = "it is damaged";
        var index = new LogIndex(seed, handler)
        {
            End = header.Position,
            LastAddress = header.LastAddress,
            LastSequence = header.LastSequence,
            LastEpoch = header.LastEpoch,
            LastMessageId = header.LastMessageId,
        };
        var reader = new BlockReader(file);
        SessionIndex.Entry[] entries = [];
        for (var part = 0; part < header.Counts.Length; part++)
        {
            var count = (int)header.Counts[part];
            if (count < 0 || (long)count * EntryBytes > file.Length)
                return null;
            if (entries.Length < count)
                entries = new SessionIndex.Entry[count];
            for (var i = 0; i < count; i++)
            {
                if (!reader.TryNext(EntryBytes, out var from))
                    return null;
                entries[i] = new SessionIndex.Entry(BinaryPrimitives.ReadUInt64LittleEndian(from), BinaryPrimitives.ReadInt64LittleEndian(from[8..]));
            }
            index.Sessions.Fill(part, entries.AsSpan(0, count));
        }
        for (var i = 0L; i < header.Unanswered; i++)
        {
            if (!reader.TryNext(UnansweredBytes, out var from))
                return null;
            if (handler is not null)
                index.Unanswered[BinaryPrimitives.ReadUInt64LittleEndian(from)] =
                    (BinaryPrimitives.ReadUInt64LittleEndian(from[8..]), BinaryPrimitives.ReadInt64LittleEndian(from[16..]));
        }
        return index;
    }

    // An entry never crosses blocks.
    ref struct BlockWriter(IDataFile file)
    {
        // Pooled: a fast log is written down every second.
        readonly byte[] _block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        long _offset = SnapshotHeader.Size;
        int _length = BlockHead;

        public Span<byte> Next(int bytes)
        {
            if (_length + bytes > BlockBytes)
                Flush();
            _length += bytes;
            return _block.AsSpan(_length - bytes, bytes);
        }

        public long Finish()
        {
            if (_length > BlockHead)
                Flush();
            ArrayPool<byte>.Shared.Return(_block);
            return _offset;
        }

        void Flush()
        {
            var block = _block.AsSpan(0, _length);
            BinaryPrimitives.WriteInt32LittleEndian(block[4..], _length - BlockHead);
            BinaryPrimitives.WriteUInt32LittleEndian(block, Crc32C.Compute(block[4..]));
            file.WriteAll(block, _offset);
            _offset += _length;
            _length = BlockHead;
        }
    }

    ref struct BlockReader(IDataFile file)
    {
        readonly byte[] _block = new byte[BlockBytes];
        long _offset = SnapshotHeader.Size;
        int _at;
        int _length;

        public bool TryNext(int bytes, out ReadOnlySpan<byte> entry)
        {
            entry = default;
            if (_at == _length && !TryFill())
                return false;
            if (bytes > _length - _at)
                return false;
            entry = _block.AsSpan(_at, bytes);
            _at += bytes;
            return true;
        }

        bool TryFill()
        {
            file.ReadZeroFilled(_block, _offset);
            var length = BinaryPrimitives.ReadInt32LittleEndian(_block.AsSpan(4));
            if (length is <= 0 or > BlockBytes - BlockHead)
                return false;
            if (BinaryPrimitives.ReadUInt32LittleEndian(_block) != Crc32C.Compute(_block.AsSpan(4, 4 + length)))
                return false;
            _offset += BlockHead + length;
            (_at, _length) = (BlockHead, BlockHead + length);
            return true;
        }
    }
}
