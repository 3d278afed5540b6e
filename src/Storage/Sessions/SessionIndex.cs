namespace Wire.Storage.Sessions;

/// <summary>
/// Hash of a session's id → address of its newest record, 16 bytes a session: open addressing, linear probing, in parts that
/// grow by themselves, so that no growth stops more than one of them. The hash is keyed with the folder's secret seed. Ids are
/// not kept: a hit is a candidate, whose record says whose it is.
/// <para>Thread-safe.</para>
/// </summary>
internal sealed class SessionIndex
{
    const int PartBits = 6;

    readonly UInt128 _seed;
    readonly Part[] _parts = new Part[1 << PartBits];

    public SessionIndex(UInt128 seed)
    {
        _seed = seed;
        for (var i = 0; i < _parts.Length; i++)
            _parts[i] = new Part();
    }

    public long Count
    {
        get
        {
            var count = 0L;
            foreach (var part in _parts)
                count += part.Count;
            return count;
        }
    }

    public ulong HashOf(ReadOnlySpan<byte> sessionId) => SipHash.Compute(_seed, sessionId);

    public bool TryFind(ReadOnlySpan<byte> sessionId, int attempt, out long address)
    {
        var hash = HashOf(sessionId);
        return PartOf(hash).TryFind(hash, attempt, out address);
    }

    /// <summary>
    /// Puts <paramref name="address"/> in the place of <paramref name="previous"/>, or adds it where that is 0 or not there.
    /// So two sessions whose hashes are equal keep a place each.
    /// </summary>
    public void Put(ulong hash, long previous, long address) => PartOf(hash).Put(hash, previous, address);

    Part PartOf(ulong hash) => _parts[hash >> (64 - PartBits)];

    struct Entry
    {
        public ulong Hash;
        public long Address;
    }

    sealed class Part
    {
        readonly Lock _lock = new();
        Entry[] _entries = new Entry[16];

        public int Count { get; private set; }

        public bool TryFind(ulong hash, int attempt, out long address)
        {
            lock (_lock)
            {
                var mask = _entries.Length - 1;
                for (var i = (int)hash & mask; _entries[i].Address != 0; i = (i + 1) & mask)
                {
                    if (_entries[i].Hash != hash || attempt-- != 0)
                        continue;
                    address = _entries[i].Address;
                    return true;
                }
            }
            address = 0;
            return false;
        }

        public void Put(ulong hash, long previous, long address)
        {
            lock (_lock)
            {
                var i = Seek(hash, previous);
                if (_entries[i].Address == 0)
                {
                    // Three quarters full at most: chains stay short, and an empty place ends each.
                    if ((Count + 1) * 4L > _entries.Length * 3L)
                    {
                        Grow();
                        i = Seek(hash, previous);
                    }
                    Count++;
                    _entries[i].Hash = hash;
                }
                _entries[i].Address = address;
            }
        }

        // The place of (hash, previous), else the empty one that ends its chain.
        int Seek(ulong hash, long previous)
        {
            var mask = _entries.Length - 1;
            var i = (int)hash & mask;
            while (_entries[i].Address != 0 && (_entries[i].Hash != hash || _entries[i].Address != previous))
                i = (i + 1) & mask;
            return i;
        }

        void Grow()
        {
            var old = _entries;
            _entries = new Entry[old.Length * 2];
            var mask = _entries.Length - 1;
            foreach (ref var entry in old.AsSpan())
            {
                if (entry.Address == 0)
                    continue;
                var i = (int)entry.Hash & mask;
                while (_entries[i].Address != 0)
                    i = (i + 1) & mask;
                _entries[i] = entry;
            }
        }
    }
}
