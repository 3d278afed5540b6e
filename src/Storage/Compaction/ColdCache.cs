namespace Wire.Storage.Compaction;

/// <summary>
/// Blocks of cold files as they were compressed, and block indexes, the most recently used ones, for all readers together. What is in it is
/// never changed. Thread-safe.
/// </summary>
internal sealed class ColdCache(long maxBytes)
{
    /// <summary>In the place of a block's number: the block index.</summary>
    public const int Index = -1;

    readonly Lock _lock = new();
    readonly Dictionary<(long Start, int Number), LinkedListNode<Entry>> _entries = [];
    readonly LinkedList<Entry> _byUse = [];
    long _bytes;

    /// <summary>Bytes that are kept.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _bytes;
        }
    }

    /// <summary>A block of the file that begins at an address; null where it is not kept.</summary>
    public byte[]? Find(long start, int number)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue((start, number), out var node))
                return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Bytes;
        }
    }

    public void Add(long start, int number, byte[] bytes)
    {
        lock (_lock)
        {
            // Two readers may have met it at once.
            if (bytes.Length > maxBytes || _entries.ContainsKey((start, number)))
                return;
            _entries[(start, number)] = _byUse.AddFirst(new Entry(start, number, bytes));
            _bytes += bytes.Length;
            while (_bytes > maxBytes && _byUse.Last is { } oldest)
            {
                _byUse.RemoveLast();
                _entries.Remove((oldest.Value.Start, oldest.Value.Number));
                _bytes -= oldest.Value.Bytes.Length;
            }
        }
    }

    readonly record struct Entry(long Start, int Number, byte[] Bytes);
}
