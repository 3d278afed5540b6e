namespace Wire.Log;

/// <summary>What a record of the log is. Stored in every record: a value is never reused for another meaning.</summary>
public enum RecordKind : byte
{
    /// <summary>No record: zeros, as unwritten space has them.</summary>
    None = 0,

    /// <summary>Consecutive messages of one session from one producer.</summary>
    Run = 1,

    /// <summary>The whole state of a session, a link of its chain with no messages.</summary>
    SessionCheckpoint = 2,

    /// <summary>Fills the rest of a page, so that the next record begins a new segment.</summary>
    Filler = 3,

    /// <summary>The first record of a segment that was begun because of age or by request.</summary>
    RollMark = 4,
}
