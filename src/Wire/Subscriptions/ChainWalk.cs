using Wire.Log;

namespace Wire.Subscriptions;

/// <summary>
/// Walks the records of a session. The chain points backwards only: record k names k-1 and k AND (k-1). <see cref="Seek"/>
/// descends to a sequence in O(log² n) reads and keeps the records it came by; <see cref="Next"/> goes forward from there,
/// descending again from the nearest of them, so that a walk reads each record at most twice.
/// </summary>
internal ref struct ChainWalk(ILogReader reader, long tail)
{
    private readonly ILogReader _reader = reader;

    // From the newest to the one to be read next.
    private readonly Stack<Link> _path = new();
    private ReadOnlySpan<byte> _record;
    private long _recordAddress;
    private long _wanted;

    /// <summary>Goes to the record with that sequence, or the first one after it. The sequence must not be above the tail's.</summary>
    public LogReadStatus Seek(ulong sequence)
    {
        _path.Clear();
        _wanted = 0;
        var status = Push(tail);
        while (status == LogReadStatus.Found && _path.Peek().First > sequence)
        {
            var from = _path.Peek();
            if (from.Skip != 0 && from.Skip != from.Previous)
            {
                status = Read(from.Skip, out var header);
                if (status == LogReadStatus.Found && header.LastSequence >= sequence)
                {
                    Push(from.Skip);
                    continue;
                }
            }
            if (from.Previous == 0)
                break;
            status = Push(from.Previous);
        }
        // What is older is retired: the walk begins with the oldest that is there.
        return status == LogReadStatus.Retired && _path.Count > 0 ? LogReadStatus.Found : status;
    }

    /// <summary>The address of the record given last.</summary>
    public readonly long Address => _recordAddress;

    /// <summary>The record that the walk stands at; it goes on to the one after it. To be asked no further than the newest.</summary>
    public LogReadStatus Next(out ReadOnlySpan<byte> record)
    {
        record = default;
        var status = Descend();
        if (status != LogReadStatus.Found)
            return status;
        var link = _path.Pop();
        status = Read(link.Address, out _);
        if (status != LogReadStatus.Found)
            return status;
        record = _record;
        _wanted = link.RunNumber + 1;
        return status;
    }

    // From the nearest record on the path down to the one that is wanted next.
    private LogReadStatus Descend()
    {
        while (_path.TryPeek(out var from))
        {
            if (_wanted == 0 || from.RunNumber == _wanted)
                return LogReadStatus.Found;
            var skipNumber = from.RunNumber & (from.RunNumber - 1);
            var status = from.RunNumber < _wanted ? LogReadStatus.Damaged : Push(skipNumber >= _wanted ? from.Skip : from.Previous);
            if (status != LogReadStatus.Found)
                return status;
        }
        return LogReadStatus.Damaged; // the chain ends before the newest sequence
    }

    private LogReadStatus Push(long address)
    {
        var status = Read(address, out var header);
        if (status == LogReadStatus.Found)
            _path.Push(new Link(address, header.RunNumber, header.Previous, header.Skip, header.FirstSequence));
        return status;
    }

    private LogReadStatus Read(long address, out RecordHeader header)
    {
        if (address != _recordAddress)
        {
            _recordAddress = 0;
            var status = _reader.Read(address, out _record);
            if (status != LogReadStatus.Found)
            {
                header = default;
                return status;
            }
            _recordAddress = address;
        }
        header = new RecordHeader(_record);
        return LogReadStatus.Found;
    }

    private readonly record struct Link(long Address, long RunNumber, long Previous, long Skip, ulong First);
}
