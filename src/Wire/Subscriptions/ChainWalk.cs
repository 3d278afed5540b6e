using Wire.Log;

namespace Wire.Subscriptions;

/// <summary>
/// Walks the records of a session. The chain points backwards only: record k names k-1 and k AND (k-1). <see cref="Seek"/>
/// descends to a sequence in O(log² n) reads and keeps the records it came by; <see cref="Next(out ReadOnlySpan{byte})"/> goes forward from there,
/// descending again from the nearest of them, so that a walk reads each record at most twice.
/// </summary>
/// <param name="reader">Reads the records.</param>
/// <param name="path">Where the walk stands. A later walk on the same path goes on from there, and begins with the record given last.</param>
internal ref struct ChainWalk(ILogReader reader, ChainPath path)
{
    private readonly ILogReader _reader = reader;
    private readonly ChainPath _path = path;
    private ReadOnlySpan<byte> _record;
    private long _recordAddress;
    private bool _hasGiven;

    /// <summary>Goes to the record with that sequence, or the first one after it. The sequence must not be above the tail's.</summary>
    public LogReadStatus Seek(ulong sequence)
    {
        var links = _path.Links;
        links.Clear();
        _path.Wanted = 0;
        _hasGiven = false;
        var status = Push(_path.Tail);
        while (status == LogReadStatus.Found && links.Peek().First > sequence)
        {
            var from = links.Peek();
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
                return LogReadStatus.Found;
            status = Push(from.Previous);
        }
        // What is older is retired: the walk begins with the oldest that is there.
        return status == LogReadStatus.Retired && links.Count > 0 ? LogReadStatus.Found : status;
    }

    /// <summary>The address of the record given last.</summary>
    public readonly long Address => _recordAddress;

    /// <summary>Goes on to the next record and gives it. To be asked no further than the newest.</summary>
    public LogReadStatus Next(out ReadOnlySpan<byte> record)
    {
        record = default;
        if (_hasGiven)
            _path.Wanted = _path.Links.Pop().RunNumber + 1;
        _hasGiven = false;
        var status = Descend();
        if (status == LogReadStatus.Found)
            status = Read(_path.Links.Peek().Address, out _);
        if (status != LogReadStatus.Found)
            return status;
        record = _record;
        _hasGiven = true;
        return status;
    }

    /// <summary>
    /// Goes on to the record that holds a sequence, the one after those that were given; where retention has overtaken the walk,
    /// to the oldest that is there. Retired where nothing is, up to the newest.
    /// </summary>
    public LogReadStatus Next(ulong sequence, out ReadOnlySpan<byte> record)
    {
        var status = Next(out record);
        while (status == LogReadStatus.Retired)
        {
            status = Seek(sequence);
            if (status != LogReadStatus.Found)
                break;
            status = Next(out record);
        }
        return status;
    }

    // From the nearest record on the path down to the one that is wanted next.
    private LogReadStatus Descend()
    {
        while (_path.Links.TryPeek(out var from))
        {
            if (_path.Wanted == 0 || from.RunNumber == _path.Wanted)
                return LogReadStatus.Found;
            var skipNumber = from.RunNumber & (from.RunNumber - 1);
            var status = from.RunNumber < _path.Wanted ? LogReadStatus.Damaged : Push(skipNumber >= _path.Wanted ? from.Skip : from.Previous);
            if (status != LogReadStatus.Found)
                return status;
        }
        return LogReadStatus.Damaged; // the chain ends before the newest sequence
    }

    private LogReadStatus Push(long address)
    {
        var status = Read(address, out var header);
        if (status == LogReadStatus.Found)
            _path.Links.Push(new ChainPath.Link(address, header.RunNumber, header.Previous, header.Skip, header.FirstSequence));
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
}
