using Wire.Log;

namespace Wire.Sessions;

/// <summary>
/// The links of a session's records. Record k points to record k-1 and to record k AND (k-1), which is k without its lowest
/// set bit, so that any record is found in O(log² n) reads. To append, the addresses of the newest record and of its
/// ancestors (k, k without its lowest bit, and so on) are enough: at most 64.
/// </summary>
internal struct SessionChain
{
    private Link[] _ancestors; // rising by number; the last one is the newest record
    private int _count;

    /// <summary>The number of the newest record; 0 where there is none.</summary>
    public readonly long RunNumber => _count == 0 ? 0 : _ancestors[_count - 1].RunNumber;

    /// <summary>The address of the newest record; 0 where there is none.</summary>
    public readonly long Tail => _count == 0 ? 0 : _ancestors[_count - 1].Address;

    /// <summary>The address and number of the newest checkpoint; 0 where there is none.</summary>
    public Link Checkpoint;

    public readonly ReadOnlySpan<Link> Ancestors => _ancestors.AsSpan(0, _count);

    /// <summary>What the next record has to name.</summary>
    public readonly RecordChain Next
    {
        get
        {
            var number = RunNumber + 1;
            return new RecordChain(number, Tail, AddressOf(number & (number - 1)), Checkpoint.Address);
        }
    }

    /// <summary>Notes the record that was just appended.</summary>
    public void Append(long address, bool isCheckpoint)
    {
        var number = RunNumber + 1;
        // The new record's ancestors are those of the one before without what the carry cleared.
        while (_count > 0 && (_ancestors[_count - 1].RunNumber & number) != _ancestors[_count - 1].RunNumber)
            _count--;
        Push(new Link(number, address));
        if (isCheckpoint)
            Checkpoint = new Link(number, address);
    }

    /// <summary>Adds an ancestor while loading, the lowest number first.</summary>
    public void Push(Link link)
    {
        _ancestors ??= new Link[4];
        if (_count == _ancestors.Length)
            Array.Resize(ref _ancestors, _count * 2);
        _ancestors[_count++] = link;
    }

    private readonly long AddressOf(long number)
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            if (_ancestors[i].RunNumber == number)
                return _ancestors[i].Address;
        }
        return 0;
    }

    internal readonly record struct Link(long RunNumber, long Address);
}
