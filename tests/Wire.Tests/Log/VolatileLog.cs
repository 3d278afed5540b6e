using System.Collections.Concurrent;
using System.Text;
using Wire.Log;

namespace Wire.Tests.Log;

/// <summary>
/// A log whose every step is the test's: records become durable when it says so, appends meet a busy or full or failed log
/// when it says so, and a crash takes what was not durable. It holds its callers to the contract of
/// <see cref="IMessageLog"/>, and notes each <see cref="Violations">violation</see>.
/// </summary>
internal sealed class VolatileLog : IMessageLog
{
    private const long FirstAddress = 64;

    private readonly Lock _lock = new();
    private readonly SortedList<long, Entry> _entries = [];
    private readonly Dictionary<int, List<long>> _index = [];
    private readonly Queue<Entry> _toIndex = [];
    private readonly List<Entry> _gone = [];
    private readonly ChainReferee _referee;
    private readonly int _hashes;
    private readonly uint _epoch;
    private readonly bool _remembersAllProducers;
    private readonly ManualResetEventSlim _readsGoOn = new(true);
    private Action _onProgress = () => { };
    private ISessionOwner? _owner;
    private long _tail = FirstAddress;
    private long _durable = FirstAddress;
    private long _indexed = FirstAddress;
    private bool _holdsIndex;
    private long _begin = FirstAddress;
    private ulong _sequence;
    private int _unavailable;
    private long _reads;
    private bool _isBusy;
    private volatile LogHealth _health = LogHealth.Healthy;

    /// <param name="hashes">The sessions share so few hashes.</param>
    /// <param name="remembersAllProducers">Whether a publish_id that does not rise is a violation.</param>
    public VolatileLog(int hashes = 2, bool remembersAllProducers = true) : this(hashes, remembersAllProducers, 1)
    {
    }

    private VolatileLog(int hashes, bool remembersAllProducers, uint epoch)
    {
        _hashes = hashes;
        _remembersAllProducers = remembersAllProducers;
        _referee = new ChainReferee(remembersAllProducers);
        _epoch = epoch;
    }

    /// <summary>What callers did against the contract.</summary>
    public ConcurrentQueue<string> Violations { get; } = [];

    /// <summary>Whether a flush makes everything durable at once; else <see cref="Advance"/> does.</summary>
    public bool IsAutomatic { get; set; } = true;

    /// <summary>While set, no append is taken; turned off, the waiting are told.</summary>
    public bool IsBusy
    {
        get => Volatile.Read(ref _isBusy);
        set
        {
            Volatile.Write(ref _isBusy, value);
            Progress();
        }
    }

    /// <summary>Whether readers wait, as on a slow disk.</summary>
    public bool HoldsReads
    {
        get => !_readsGoOn.IsSet;
        set
        {
            if (value)
                _readsGoOn.Reset();
            else
                _readsGoOn.Set();
        }
    }

    /// <summary>Called at the begin of each flush.</summary>
    public Action? OnFlush { get; set; }

    /// <summary>Called at the begin of each append, with the appender's thread.</summary>
    public Action? OnAppend { get; set; }

    /// <summary>Records that were read.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    public bool CanPromiseDisk => true;
    public int MaxRecordBytes { get; init; } = 2 * 1024 * 1024;
    public long LastMessageId { get; private set; }
    public long DurableAddress => Volatile.Read(ref _durable);

    /// <summary>It follows the durable address, but while <see cref="HoldsIndex"/>.</summary>
    public long IndexedAddress => Volatile.Read(ref _indexed);

    /// <summary>While set, the index stays behind; turned off, it catches up.</summary>
    public bool HoldsIndex
    {
        get => Volatile.Read(ref _holdsIndex);
        set
        {
            lock (_lock)
            {
                Volatile.Write(ref _holdsIndex, value);
                Index();
            }
            Progress();
        }
    }

    public long BeginAddress => Volatile.Read(ref _begin);
    public LogHealth Health => _health;

    /// <summary>Ends of the records that are not durable yet.</summary>
    public long[] Volatiles
    {
        get
        {
            lock (_lock)
                return [.. _entries.Values.Where(e => e.End > _durable).Select(e => e.End)];
        }
    }

    /// <summary>The next so many appends are refused.</summary>
    public void RefuseNext(int appends) => Volatile.Write(ref _unavailable, appends);

    /// <summary>It takes nothing any more, and what is not durable never will be.</summary>
    public void Fail()
    {
        lock (_lock)
            _health = LogHealth.Failed;
        Progress();
    }

    /// <summary>Makes durable what ends at or below an address; by default everything.</summary>
    public void Advance(long to = long.MaxValue)
    {
        lock (_lock)
        {
            if (_health != LogHealth.Failed)
                Volatile.Write(ref _durable, Math.Max(_durable, Math.Min(to, _tail)));
            Index();
        }
        Progress();
    }

    public void Progress() => _onProgress();

    /// <summary>Ends this log as a crash does, and gives what is found after it: what was durable, and what ends at or below <paramref name="upTo"/>.</summary>
    public VolatileLog Crash(long upTo = 0)
    {
        var found = new VolatileLog(_hashes, _remembersAllProducers, _epoch + 1) { IsAutomatic = IsAutomatic, MaxRecordBytes = MaxRecordBytes };
        lock (_lock)
        {
            _health = LogHealth.Failed;
            Volatile.Write(ref _isBusy, false);
            // The referee goes on knowing what was retired.
            foreach (var entry in _gone)
                found.Recall(entry);
            foreach (var entry in _entries.Values.Where(e => e.End <= Math.Max(_durable, upTo)))
                found.Recover(entry);
            found._begin = _begin;
        }
        Progress();
        return found;
    }

    /// <summary>The newest record of every session: more than what wants an answer does no harm.</summary>
    public IReadOnlyCollection<long> TakeUnanswered()
    {
        lock (_lock)
        {
            return [.. _entries.Values.Select(e => (e.Address, Session: Encoding.UTF8.GetString(new RecordHeader(e.Bytes).SessionId)))
                .GroupBy(e => e.Session).Select(g => g.Last().Address)];
        }
    }

    /// <summary>Flips a byte of a record.</summary>
    public void Damage(long address)
    {
        lock (_lock)
            _entries[address].Bytes[^1] ^= 1;
    }

    public void RetireWith(ISessionOwner owner) => _owner = owner;

    /// <summary>Lets go of what lies below an address as a log does: when each session has a checkpoint behind it that is durable.</summary>
    /// <returns>Whether it could.</returns>
    public async Task<bool> RetireAsync(long below)
    {
        List<string> sessions;
        lock (_lock)
        {
            if (below > Math.Min(_durable, _indexed) || below <= _begin)
                return false;
            sessions = [.. _entries.Values.Where(e => e.Address < below).Select(e => Encoding.UTF8.GetString(new RecordHeader(e.Bytes).SessionId)).Distinct()];
        }
        var retiring = sessions.Select(s => new RetiringSession(Encoding.UTF8.GetBytes(s), 0)).ToList();
        if (await _owner!.CheckpointAsync(retiring, below, CancellationToken.None).WaitAsync(Sessions.TestOutbox.Deadline) is not { } end)
            return false;
        Advance(end);
        if (DurableAddress < end)
            return false; // it has failed
        var retired = new List<RetiredSession>();
        lock (_lock)
        {
            foreach (var session in sessions)
            {
                var last = _entries.Values.Last(e => e.Address < below && Encoding.UTF8.GetString(new RecordHeader(e.Bytes).SessionId) == session);
                retired.Add(new RetiredSession(Encoding.UTF8.GetBytes(session), new RecordHeader(last.Bytes).LastSequence + 1));
            }
            Retire(below);
        }
        await _owner.OnRetiredAsync(retired, CancellationToken.None).WaitAsync(Sessions.TestOutbox.Deadline);
        return true;
    }

    /// <summary>Forgets what lies below an address, whatever needs it.</summary>
    public void Retire(long below)
    {
        lock (_lock)
        {
            Volatile.Write(ref _begin, below);
            foreach (var address in _entries.Keys.TakeWhile(a => a < below).ToArray())
            {
                _gone.Add(_entries[address]);
                _entries.Remove(address);
            }
        }
    }

    /// <summary>What is stored of a session, as it is now.</summary>
    public IReadOnlyList<StoredMessage> MessagesOf(string session)
    {
        lock (_lock)
            return _referee.Sessions.TryGetValue(session, out var line) ? [.. line.Messages] : [];
    }

    /// <summary>The addresses of a session's records, the oldest first.</summary>
    public IReadOnlyList<long> AddressesOf(string session)
    {
        lock (_lock)
            return _referee.Sessions.TryGetValue(session, out var line) ? [.. line.Addresses] : [];
    }

    /// <summary>A stored message; null where the session does not go so far.</summary>
    public StoredMessage? Find(string session, ulong sequence)
    {
        lock (_lock)
        {
            return _referee.Sessions.TryGetValue(session, out var line) && sequence is > 0 && sequence <= line.Head
                ? line.Messages[(int)sequence - 1]
                : null;
        }
    }

    public ValueTask OpenAsync(Action onProgress, CancellationToken cancellationToken)
    {
        _onProgress = onProgress;
        return ValueTask.CompletedTask;
    }

    public AppendStatus Append(Span<byte> record, out long address, out long end)
    {
        OnAppend?.Invoke();
        lock (_lock)
        {
            address = end = 0;
            if (IsBusy)
                return AppendStatus.Busy;
            if (_health == LogHealth.Failed)
                return AppendStatus.Unavailable;
            if (_unavailable > 0)
            {
                _unavailable--;
                return AppendStatus.Unavailable;
            }
            if (record.Length > MaxRecordBytes)
                Violations.Enqueue($"a record of {record.Length} bytes");
            RecordHeader.Seal(record, 0, _epoch, ++_sequence, _durable);
            if (!new RecordHeader(record).IsIntact)
                Violations.Enqueue("a record that is not intact");
            address = _tail;
            end = _tail = address + record.Length + 4;
            Add(new Entry(address, end, record.ToArray()));
            return AppendStatus.Appended;
        }
    }

    public void Flush()
    {
        OnFlush?.Invoke();
        if (IsAutomatic && DurableAddress < Volatile.Read(ref _tail))
            Advance();
    }

    public ILogReader OpenReader() => new Reader(this);

    public bool TryFind(ReadOnlySpan<byte> sessionId, int attempt, out long address)
    {
        lock (_lock)
        {
            address = 0;
            if (!_index.TryGetValue(HashOf(sessionId), out var candidates) || attempt >= candidates.Count)
                return false;
            address = candidates[attempt];
            return true;
        }
    }

    public ValueTask DisposeAsync()
    {
        Advance();
        return ValueTask.CompletedTask;
    }

    private void Recall(Entry entry)
    {
        _gone.Add(entry);
        _referee.Take(entry.Bytes, entry.Address, entry.End);
        _tail = _durable = _indexed = entry.End;
        _sequence = new RecordHeader(entry.Bytes).LogSequence;
        LastMessageId = _referee.HighestId;
    }

    // What is found at a start is durable, and the newest record of each session is in the index.
    private void Recover(Entry entry)
    {
        Add(entry with { Bytes = [.. entry.Bytes] });
        _tail = _durable = entry.End;
        _sequence = new RecordHeader(entry.Bytes).LogSequence;
        LastMessageId = _referee.HighestId;
        Index();
    }

    private void Index()
    {
        if (_holdsIndex)
            return;
        while (_toIndex.TryPeek(out var entry) && entry.End <= _durable)
        {
            _toIndex.Dequeue();
            var header = new RecordHeader(entry.Bytes);
            var candidates = _index.TryGetValue(HashOf(header.SessionId), out var found) ? found : _index[HashOf(header.SessionId)] = [];
            // In its place, so that whoever walks the candidates meanwhile misses none.
            if (candidates.IndexOf(header.Previous) is >= 0 and var at)
                candidates[at] = entry.Address;
            else
                candidates.Add(entry.Address);
        }
        Volatile.Write(ref _indexed, _toIndex.TryPeek(out var next) ? next.Address : _durable);
    }

    private void Add(Entry entry)
    {
        _entries.Add(entry.Address, entry);
        _toIndex.Enqueue(entry);
        if (_referee.Take(entry.Bytes, entry.Address, entry.End) is { } wrong)
            Violations.Enqueue(wrong);
    }

    private int HashOf(ReadOnlySpan<byte> sessionId)
    {
        var hash = 0;
        foreach (var value in sessionId)
            hash = hash * 31 + value;
        return (hash & int.MaxValue) % _hashes;
    }

    private sealed record Entry(long Address, long End, byte[] Bytes);

    // Hands out copies, which it spoils when they are no longer valid.
    private sealed class Reader(VolatileLog log) : ILogReader
    {
        private byte[] _record = [];

        public LogReadStatus Read(long address, out ReadOnlySpan<byte> record)
        {
            Dispose();
            record = default;
            Interlocked.Increment(ref log._reads);
            if (!log._readsGoOn.Wait(Sessions.TestOutbox.Deadline))
                log.Violations.Enqueue("a read that was held too long");
            lock (log._lock)
            {
                if (address < log._begin)
                    return LogReadStatus.Retired;
                if (!log._entries.TryGetValue(address, out var entry))
                {
                    log.Violations.Enqueue($"reads {address}, where no record begins");
                    return LogReadStatus.Damaged;
                }
                if (entry.End > log._durable)
                    log.Violations.Enqueue($"reads {address}, which is not durable");
                if (!new RecordHeader(entry.Bytes).IsIntact)
                    return LogReadStatus.Damaged;
                record = _record = [.. entry.Bytes];
                return LogReadStatus.Found;
            }
        }

        public void Dispose() => _record.AsSpan().Fill(0xDD);
    }
}
