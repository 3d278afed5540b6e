using System.IO.Compression;
using System.Security.Cryptography;
using Wire.Log;
using Wire.Storage.Encryption;
using Wire.Storage.Files;
using Wire.Storage.Recovery;
using Wire.Storage.Segments;

namespace Wire.Storage.Compaction;

/// <summary>Writes cold files. Not thread-safe.</summary>
/// <param name="files">The files.</param>
/// <param name="keys">The folder's keys.</param>
/// <param name="folderId">Its id.</param>
/// <param name="pageBytes">Bytes in a page of the log.</param>
/// <param name="pace">How fast.</param>
internal sealed class ColdFileWriter(IFileLayer files, FolderKeys keys, Guid folderId, int pageBytes, CompactionPace pace)
{
    /// <summary>A block is cut once it holds so much of the log. Larger ones compress a little better and cost each read more.</summary>
    const int BlockBytes = 64 << 10;

    // Of the fast levels the one behind which nothing more is gained: dialogues become 3.4 (1), 3.7 (2), 3.8 (4) times smaller.
    const int Quality = 2, WindowBits = 18;

    // What waits to be written is bounded, so that the log's own syncs do not wait behind it.
    const long SyncBytes = 4 << 20;

    readonly List<ColdIndex.Block> _blocks = [];
    byte[] _reduced = [];
    byte[] _restored = [];
    byte[] _stored = [];
    long _offset;
    long _syncedAt;

    /// <summary>What became of it.</summary>
    public enum Result
    {
        /// <summary>The file is there, whole and on stable storage, under its temporary name.</summary>
        Written,

        /// <summary>There is an encrypted record, and so it is to be written with a key: <see cref="FoundKeyId"/>.</summary>
        NeedsKey,

        /// <summary>The segment has something at <see cref="FoundAt"/> that would not come back as it is.</summary>
        Unreadable,
    }

    /// <summary>The key of an encrypted record.</summary>
    public uint FoundKeyId { get; private set; }

    /// <summary>The address of what could not be taken.</summary>
    public long FoundAt { get; private set; }

    /// <summary>Bytes of the file.</summary>
    public long Bytes => _offset;

    /// <summary>Writes the cold file of a sealed segment, all of which is on stable storage.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="temporary">The file's name for now; an older one is replaced.</param>
    /// <param name="keyId">The key to encrypt with, 0 for none.</param>
    /// <exception cref="IOException">Something could not be read or written.</exception>
    public Result Write(SegmentFile segment, string temporary, uint keyId)
    {
        var salt = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        using var cipher = keyId == 0 ? null : keys.CreateColdCipher(keyId, segment.StartAddress, salt);
        using var pages = new SegmentPages(segment, pageBytes, segment.Limit);
        if (files.Exists(temporary))
            files.Delete(temporary);
        using var file = files.Create(temporary);
        pace.Begin();
        _blocks.Clear();
        _offset = ColdHeader.Size;
        _syncedAt = 0;
        for (var page = segment.StartAddress; page < segment.Limit; page += pageBytes)
        {
            var result = WritePage(file, cipher, pages.Page(page), page);
            if (result != Result.Written)
                return result;
        }
        WriteEnds(file, segment, keyId, salt);
        return Result.Written;
    }

    Result WritePage(IDataFile file, AesGcm? cipher, ReadOnlySpan<byte> page, long address)
    {
        var at = address == 0 ? (int)PageFraming.FirstAddress : 0;
        var from = at;
        while (PageFraming.TryGetRecord(page[at..], out var record))
        {
            at = Math.Min(at + PageFraming.EntryBytes(record.Length), page.Length);
            if (at - from < BlockBytes)
                continue;
            var result = WriteBlock(file, cipher, page[from..at], address + from);
            if (result != Result.Written)
                return result;
            from = at;
        }
        if (page[at..].ContainsAnyExcept((byte)0))
        {
            FoundAt = address + at;
            return Result.Unreadable;
        }
        return at == from ? Result.Written : WriteBlock(file, cipher, page[from..at], address + from);
    }

    Result WriteBlock(IDataFile file, AesGcm? cipher, ReadOnlySpan<byte> entries, long address)
    {
        var opener = keys.Rent();
        try
        {
            var reduced = Room(ref _reduced, entries.Length);
            entries.CopyTo(reduced);
            FoundAt = address;
            var isWhole = CompactEntries.TryReduce(reduced, opener, out var keyId);
            FoundKeyId = keyId;
            if (keyId != 0 && cipher is null)
                return Result.NeedsKey;
            // The file will be all that there is: what it gives back is compared before anything is given up.
            var restored = Room(ref _restored, entries.Length);
            reduced.CopyTo(restored);
            if (!isWhole || CompactEntries.Restore(restored, opener, mayBeEncrypted: true) is not null || !restored.SequenceEqual(entries))
                return Result.Unreadable;

            var room = Room(ref _stored, BrotliEncoder.GetMaxCompressedLength(entries.Length) + ColdCipher.TagBytes);
            if (!BrotliEncoder.TryCompress(reduced, room, out var length, Quality, WindowBits))
                return Result.Unreadable;
            if (cipher is not null)
            {
                length += ColdCipher.TagBytes;
                ColdCipher.Encrypt(cipher, _blocks.Count, address, entries.Length, room[..length]);
            }
            file.WriteAll(room[..length], _offset);
            _blocks.Add(new ColdIndex.Block(address, _offset, entries.Length, length, Crc32C.Compute(room[..length])));
            _offset += length;
        }
        finally
        {
            keys.Return(opener);
        }
        if (_offset - _syncedAt > SyncBytes)
        {
            file.Sync();
            _syncedAt = _offset;
        }
        pace.Rest();
        return Result.Written;
    }

    void WriteEnds(IDataFile file, SegmentFile segment, uint keyId, ulong salt)
    {
        var index = new byte[_blocks.Count * ColdHeader.IndexEntryBytes];
        for (var i = 0; i < _blocks.Count; i++)
            ColdIndex.Write(index.AsSpan(i * ColdHeader.IndexEntryBytes), _blocks[i]);
        var header = new ColdHeader(folderId, segment.StartAddress, segment.EndAddress, keyId, _blocks.Count, salt, _offset, Crc32C.Compute(index));

        var segmentHeader = new byte[SegmentHeader.Size];
        segment.File.ReadZeroFilled(segmentHeader, 0);
        var block = new byte[ColdHeader.Size];
        header.Write(block, segmentHeader);
        file.WriteAll(index, _offset);
        file.WriteAll(block, 0);
        _offset += index.Length;
        file.SetLength(_offset);
        file.Sync();
    }

    static Span<byte> Room(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new byte[length];
        return buffer.AsSpan(0, length);
    }
}
