namespace Wire.Storage.Indexing;

/// <summary>
/// Hash of a session's id → address of its newest record, 16 bytes a session and some 5 unused: open addressing, linear
/// probing, in parts that grow by themselves, so that no growth stops more than one of them. The hash is keyed with the folder's
/// secret seed. Ids are not kept: a hit is a candidate, whose record says whose it is.
/// <para>Thread-safe.</para>
/// </summary>
internal sealed class SessionIndex
{
    const int PartBits = 6;

    /// <summary>Into so many parts the sessions are divided, by the highest bits of their hashes.</summary>
    public const int Parts = 1 << PartBits;

    readonly UInt128 _seed;
    readonly Part[] _parts = new Part[Parts];

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

    /// <summary>Takes a session out whose newest record is at <paramref name="address"/>; false where it has gone on since.</summary>
    public bool Forget(ulong hash, long address) => PartOf(hash).Forget(hash, address);

    /// <summary>Lets go of sessions of which nothing is left below an address.</summary>
    public void RemoveBelow(long address)
    {
        foreach (var part in _parts)
            part.RemoveBelow(address);
    }

    /// <summary>The sessions of one part, in the order in which <see cref="Fill"/> takes them fastest.</summary>
    /// <param name="part">0 to <see cref="Parts"/> - 1.</param>
    /// <param name="entries">Grown to hold them.</param>
    /// <returns>How many there are.</returns>
    public int CopyPart(int part, ref Entry[] entries) => _parts[part].CopyTo(ref entries);

    /// <summary>Puts sessions into a part that is empty.</summary>
    public void Fill(int part, ReadOnlySpan<Entry> entries) => _parts[part].Fill(entries);

    Part PartOf(ulong hash) => _parts[hash >> (64 - PartBits)];

    /// <param name="Hash">Of the session's id.</param>
    /// <param name="Address">Of its newest record.</param>
    internal readonly record struct Entry(ulong Hash, long Address);

    sealed class Part
    {
        const int SmallestCapacity = 16;

        // Where a session was taken out: not empty, because those behind it in its chain would be lost.
        const long Removed = -1;

        readonly Lock _lock = new();
        Entry[] _entries = new Entry[SmallestCapacity];
        int _used;
        int _removed;

        public int Count => _used - _removed;

        public bool TryFind(ulong hash, int attempt, out long address)
        {
            lock (_lock)
            {
                for (var i = Home(hash); _entries[i].Address != 0; i = Next(i))
                {
                    if (_entries[i].Hash != hash || _entries[i].Address == Removed || attempt-- != 0)
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
                    if (IsFull(_used + 1, _entries.Length))
                    {
                        Rebuild(CapacityFor(Count + 1), 0);
                        i = Seek(hash, previous);
                    }
                    _used++;
                }
                _entries[i] = new Entry(hash, address);
            }
        }

        public bool Forget(ulong hash, long address)
        {
            lock (_lock)
            {
                var i = Seek(hash, address);
                if (_entries[i].Address == 0)
                    return false;
                _entries[i] = new Entry(hash, Removed);
                _removed++;
                return true;
            }
        }

        public void RemoveBelow(long address)
        {
            lock (_lock)
            {
                var gone = 0;
                foreach (ref readonly var entry in _entries.AsSpan())
                {
                    if (entry.Address != 0 && entry.Address < address)
                        gone++;
                }
                if (gone > 0)
                    Rebuild(CapacityFor(_used - gone + 1), address);
            }
        }

        public int CopyTo(ref Entry[] entries)
        {
            lock (_lock)
            {
                if (entries.Length < Count)
                    entries = new Entry[Count];
                var count = 0;
                foreach (ref readonly var entry in _entries.AsSpan())
                {
                    if (entry.Address > 0)
                        entries[count++] = entry;
                }
                return count;
            }
        }

        public void Fill(ReadOnlySpan<Entry> entries)
        {
            lock (_lock)
            {
                _entries = new Entry[CapacityFor(entries.Length + 1)];
                foreach (ref readonly var entry in entries)
                    Insert(entry);
                _used = entries.Length;
                _removed = 0;
            }
        }

        // The low half of the hash, scaled to the capacity: that need not be a power of two, so that growing by a quarter is
        // possible and no more than that is ever unused for long.
        int Home(ulong hash) => (int)((hash & uint.MaxValue) * (ulong)_entries.Length >> 32);

        int Next(int i) => ++i == _entries.Length ? 0 : i;

        static bool IsFull(int used, int capacity) => used * 100L > capacity * 85L;

        static int CapacityFor(int count) => (int)Math.Max(SmallestCapacity, count * 100L / 68);

        // The place of (hash, previous), else the empty one that ends its chain.
        int Seek(ulong hash, long previous)
        {
            var i = Home(hash);
            while (_entries[i].Address != 0 && (_entries[i].Hash != hash || _entries[i].Address != previous))
                i = Next(i);
            return i;
        }

        void Rebuild(int capacity, long begin)
        {
            var old = _entries;
            _entries = new Entry[capacity];
            _used = _removed = 0;
            foreach (ref readonly var entry in old.AsSpan())
            {
                if (entry.Address <= 0 || entry.Address < begin)
                    continue;
                Insert(entry);
                _used++;
            }
        }

        void Insert(in Entry entry)
        {
            var i = Home(entry.Hash);
            while (_entries[i].Address != 0)
                i = Next(i);
            _entries[i] = entry;
        }
    }
}
