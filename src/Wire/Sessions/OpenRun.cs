using Wire.Protocol;

namespace Wire.Sessions;

/// <summary>What the engine gives a run: the packed id of its first message, and its time in nanoseconds since 1970.</summary>
internal readonly record struct RunStamp(long FirstId, long Timestamp);

/// <summary>
/// The run that a worker is gathering: consecutive publishes of one connection to one session. Nothing of it counts until its
/// record is appended; then the session moves on by all of it.
/// </summary>
internal struct OpenRun
{
    public Session? Session;
    public SessionBatch Batch;

    /// <summary>What the session remembers of the producer; null where it stores here for the first time.</summary>
    public ProducerTable.Producer? Producer;
    public ulong LastPublishId;
    public int Count;
    public bool HasEvents;

    /// <summary>Where the record is complete and only has to be appended (again): its length, else 0.</summary>
    public int RecordLength;
    public RunStamp Stamp;

    /// <summary>How the run's publishes are acknowledged: a new range where the level changes.</summary>
    public List<Range> Ranges;

    public readonly bool IsOpen => Session is not null;

    /// <summary>The newest sequence, with this run counted.</summary>
    public readonly ulong Head => Session!.Head + (ulong)Count;

    public void Note(ulong publishId, int durability)
    {
        LastPublishId = publishId;
        Count++;
        var ranges = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Ranges);
        if (ranges.Length > 0 && ranges[^1].Durability == (Durability)durability)
        {
            ranges[^1].Count++;
            ranges[^1].PublishId = publishId;
        }
        else
        {
            Ranges.Add(new Range { Durability = (Durability)durability, Count = 1, PublishId = publishId });
        }
    }

    internal struct Range
    {
        public Durability Durability;
        public int Count;
        public ulong PublishId;
    }
}
