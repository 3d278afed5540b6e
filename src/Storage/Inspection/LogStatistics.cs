using Wire.Log;
using Wire.Storage.Indexing;

namespace Wire.Storage.Inspection;

/// <summary>Counts what is in a log. It keeps a hash for each session and producer. Not thread-safe.</summary>
internal sealed class LogStatistics(InspectedFolder folder)
{
    readonly HashSet<ulong> _sessions = [];
    readonly HashSet<ulong> _producers = [];
    readonly List<uint> _epochs = [];
    readonly SortedSet<uint> _keyIds = [];
    readonly Dictionary<InspectedFile, FileStatistics> _files = folder.Files.ToDictionary(f => f, _ => new FileStatistics());

    public long Runs { get; private set; }
    public long Checkpoints { get; private set; }

    /// <summary>Fillers and roll marks.</summary>
    public long Others { get; private set; }

    public long Messages { get; private set; }

    /// <summary>Records that are encrypted.</summary>
    public long Encrypted { get; private set; }

    /// <summary>Those of them for which there is no key, and of which nothing but the header was read.</summary>
    public long NotRead { get; private set; }

    public long Records => Runs + Checkpoints + Others;

    /// <summary>Those that have a record; without those whose records cannot be read.</summary>
    public int Sessions => _sessions.Count;
    public int Producers => _producers.Count;

    /// <summary>The ids of the first and the last message in the log, packed; 0: none.</summary>
    public long FirstId { get; private set; }
    public long LastId { get; private set; }

    /// <summary>The times of the oldest and the newest run, nanoseconds since 1970.</summary>
    public long? Oldest { get; private set; }
    public long? Newest { get; private set; }

    /// <summary>In the order of the log.</summary>
    public IReadOnlyList<uint> Epochs => _epochs;

    public IReadOnlyCollection<uint> KeyIds => _keyIds;

    public FileStatistics Of(InspectedFile file) => _files[file];

    public void Take(in ScannedRecord record, ScannedRange range)
    {
        var header = new RecordHeader(range.Bytes(record));
        var file = _files[range.File];
        file.Records++;
        file.End = record.End;
        if (_epochs.Count == 0 || _epochs[^1] != header.Epoch)
            _epochs.Add(header.Epoch);
        if (record.KeyId != 0)
        {
            Encrypted++;
            _keyIds.Add(record.KeyId);
        }
        if (!record.IsOpen)
            NotRead++;
        if (record.SessionHash != 0)
            _sessions.Add(record.SessionHash);
        switch (header.Kind)
        {
            case RecordKind.Run:
                TakeRun(header, record.LastId, file);
                if (record.IsOpen)
                    _producers.Add(SipHash.Compute(folder.Identity.HashSeed, header.ClientId));
                break;
            case RecordKind.SessionCheckpoint:
                Checkpoints++;
                break;
            default:
                Others++;
                break;
        }
    }

    void TakeRun(in RecordHeader header, long lastId, FileStatistics file)
    {
        Runs++;
        Messages += header.Count;
        file.Messages += header.Count;
        if (FirstId == 0)
            FirstId = header.FirstId;
        LastId = Math.Max(LastId, lastId);
        file.Oldest = Math.Min(file.Oldest ?? long.MaxValue, header.Timestamp);
        file.Newest = Math.Max(file.Newest ?? 0, header.Timestamp);
        Oldest = Math.Min(Oldest ?? long.MaxValue, header.Timestamp);
        Newest = Math.Max(Newest ?? 0, header.Timestamp);
    }

    internal sealed class FileStatistics
    {
        public long Records { get; set; }
        public long Messages { get; set; }

        /// <summary>The address behind the last record; 0 where there is none.</summary>
        public long End { get; set; }
        public long? Oldest { get; set; }
        public long? Newest { get; set; }
    }
}
