namespace Wire.Storage.Tests;

/// <summary>
/// A file of a <see cref="VolatileDisk"/>, sector by sector: what it reads as, what is on stable storage, and each version of
/// each sector that was written since. Sectors are never changed in place, so that images share them. Guarded by the disk.
/// </summary>
internal sealed class VolatileFile
{
    public const int Sector = 512;

    static readonly byte[] Zeros = new byte[Sector];

    // Null: never written, or given back.
    readonly Dictionary<long, byte[]?> _current = [];
    readonly Dictionary<long, byte[]?> _durable = [];
    readonly Dictionary<long, List<byte[]?>> _pending = [];
    readonly HashSet<long> _reserved = [];
    readonly HashSet<long> _durablyReserved = [];
    VolatileFile? _lateSync;
    long _durableLength;

    public long Length { get; private set; }

    /// <summary>Sectors that take space on the disk.</summary>
    public long UsedSectors => _current.Count(s => s.Value is not null) + _reserved.Count(s => _current.GetValueOrDefault(s) is null);

    public void SetLength(long length)
    {
        for (var sector = (length + Sector - 1) / Sector; sector * Sector < Length; sector++)
            Put(sector, null);
        if (length % Sector != 0 && _current.GetValueOrDefault(length / Sector) is { } last)
        {
            var cut = (byte[])last.Clone();
            cut.AsSpan((int)(length % Sector)).Clear();
            Put(length / Sector, cut);
        }
        Length = length;
    }

    /// <summary>The sectors of a range that would take space that the file does not have yet.</summary>
    public long NewSectors(long offset, long length)
    {
        var count = 0L;
        for (var sector = offset / Sector; sector * Sector < offset + length; sector++)
            count += _current.GetValueOrDefault(sector) is null && !_reserved.Contains(sector) ? 1 : 0;
        return count;
    }

    public void Reserve(long offset, long length)
    {
        for (var sector = offset / Sector; sector * Sector < offset + length; sector++)
            _reserved.Add(sector);
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        Length = Math.Max(Length, offset + bytes.Length);
        while (bytes.Length > 0)
        {
            var sector = offset / Sector;
            var at = (int)(offset % Sector);
            var count = Math.Min(Sector - at, bytes.Length);
            if (count == Sector && !bytes[..count].ContainsAnyExcept((byte)0))
            {
                Put(sector, Zeros);
            }
            else
            {
                var content = _current.GetValueOrDefault(sector) is { } old ? (byte[])old.Clone() : new byte[Sector];
                bytes[..count].CopyTo(content.AsSpan(at));
                Put(sector, content);
            }
            bytes = bytes[count..];
            offset += count;
        }
    }

    /// <summary>Has whole sectors read as zeros, as ones that were never written, and keeps their space.</summary>
    public void Clear(long offset, long length)
    {
        for (var sector = (offset + Sector - 1) / Sector; (sector + 1) * Sector <= offset + length; sector++)
        {
            Put(sector, null);
            _reserved.Add(sector);
        }
    }

    /// <summary>Gives the space of whole sectors back.</summary>
    public void Forget(long offset, long length)
    {
        for (var sector = (offset + Sector - 1) / Sector; (sector + 1) * Sector <= offset + length; sector++)
        {
            Put(sector, null);
            _reserved.Remove(sector);
        }
    }

    public int Read(Span<byte> bytes, long offset)
    {
        var count = (int)Math.Clamp(Length - offset, 0, bytes.Length);
        for (var done = 0; done < count;)
        {
            var at = (int)((offset + done) % Sector);
            var piece = Math.Min(Sector - at, count - done);
            if (_current.GetValueOrDefault((offset + done) / Sector) is { } content)
                content.AsSpan(at, piece).CopyTo(bytes[done..]);
            else
                bytes.Slice(done, piece).Clear();
            done += piece;
        }
        return count;
    }

    /// <summary>The first offset from here on that was written, or was not.</summary>
    public long Next(long offset, bool written)
    {
        while (offset < Length && _current.GetValueOrDefault(offset / Sector) is not null != written)
            offset = (offset / Sector + 1) * Sector;
        return Math.Min(offset, Length);
    }

    public void Sync()
    {
        foreach (var sector in _pending.Keys)
            _durable[sector] = _current.GetValueOrDefault(sector);
        _pending.Clear();
        _durablyReserved.Clear();
        _durablyReserved.UnionWith(_reserved);
        _durableLength = Length;
    }

    /// <summary>How many syncs have failed.</summary>
    public int FailedSyncs { get; private set; }

    /// <summary>
    /// A sync that could not write: what was waiting still reads as it was written, and is taken for written from now on, also
    /// by the next sync.
    /// </summary>
    public void FailSync()
    {
        FailedSyncs++;
        _pending.Clear();
    }

    /// <summary>As <see cref="Sync"/>, but what was written until now is on stable storage only when the next sync begins.</summary>
    public void SyncLate()
    {
        if (_lateSync is { } earlier)
        {
            foreach (var (sector, content) in earlier._current)
            {
                _durable[sector] = content;
                if (_pending.TryGetValue(sector, out var versions) && ReferenceEquals(versions[^1], content))
                    _pending.Remove(sector);
            }
            _durableLength = earlier.Length;
        }
        _lateSync = null;
        _lateSync = Clone();
    }

    /// <summary>What a power cut leaves: of each sector that was not synced the durable version or any one written since.</summary>
    /// <param name="random">The dice.</param>
    /// <param name="chance">How likely it is that a sector was written at all.</param>
    public VolatileFile AfterCrash(Random random, double chance)
    {
        var left = new VolatileFile();
        foreach (var (sector, content) in _durable)
            left._durable[sector] = content;
        foreach (var (sector, versions) in _pending)
        {
            if (random.NextDouble() < chance)
                left._durable[sector] = versions[random.Next(3) == 0 ? random.Next(versions.Count) : ^1];
        }
        left._durablyReserved.UnionWith(random.NextDouble() < chance ? _reserved : _durablyReserved);
        left._reserved.UnionWith(left._durablyReserved);
        left._durableLength = random.NextDouble() < chance ? Length : _durableLength;
        foreach (var (sector, content) in left._durable)
        {
            if (sector * Sector < left._durableLength)
                left._current[sector] = content;
        }
        left.Length = left._durableLength;
        return left;
    }

    /// <summary>What a disk leaves that has lost a sector that it had called synced.</summary>
    public void Lose(long offset) => _current[offset / Sector] = _durable[offset / Sector] = new byte[Sector];

    public VolatileFile Clone()
    {
        var copy = new VolatileFile { Length = Length, _durableLength = _durableLength, _lateSync = _lateSync };
        foreach (var (sector, content) in _current)
            copy._current[sector] = content;
        foreach (var (sector, content) in _durable)
            copy._durable[sector] = content;
        foreach (var (sector, versions) in _pending)
            copy._pending[sector] = [.. versions];
        copy._reserved.UnionWith(_reserved);
        copy._durablyReserved.UnionWith(_durablyReserved);
        return copy;
    }

    void Put(long sector, byte[]? content)
    {
        _current[sector] = content;
        if (!_pending.TryGetValue(sector, out var versions))
            _pending[sector] = versions = [];
        versions.Add(content);
    }
}
