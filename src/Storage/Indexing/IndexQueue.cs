using System.Runtime.InteropServices;

namespace Wire.Storage.Indexing;

/// <summary>
/// What was appended and is not in the index yet, in the order of addresses. Filled under the log's append lock, emptied by the
/// index's thread.
/// </summary>
internal sealed class IndexQueue(Lock appendLock)
{
    /// <summary>
    /// More than page buffers can hold of the smallest records: it is full only where the index's thread has stood still.
    /// </summary>
    const int Capacity = 1 << 20;

    const int InitialCapacity = 1 << 12;

    // More than come between two looks of the index's thread, so that in the steady state nothing is allocated.
    const int KeptCapacity = 1 << 16;

    List<IndexedRecord> _filling = new(InitialCapacity);
    List<IndexedRecord> _emptying = new(InitialCapacity);
    int _at;

    /// <summary>Under the append lock.</summary>
    public bool IsFull => _filling.Count >= Capacity;

    /// <summary>Under the append lock.</summary>
    public void Add(in IndexedRecord record) => _filling.Add(record);

    /// <summary>Takes the next record that ends at or below an address; false where none waits.</summary>
    public bool TryTake(long durable, out IndexedRecord record)
    {
        if (_at == _emptying.Count)
            Swap();
        record = _at < _emptying.Count ? CollectionsMarshal.AsSpan(_emptying)[_at] : default;
        if (record.End == 0 || record.End > durable)
            return false;
        _at++;
        return true;
    }

    void Swap()
    {
        _emptying.Clear();
        if (_emptying.Capacity > KeptCapacity)
            _emptying = new(InitialCapacity);
        _at = 0;
        lock (appendLock)
            (_filling, _emptying) = (_emptying, _filling);
    }
}
