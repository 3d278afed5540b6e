namespace Wire.Log;

/// <summary>A record's place in its session's chain: its number and the addresses of those it points back to (0: none).</summary>
internal readonly record struct RecordChain(long RunNumber, long Previous, long Skip, long Checkpoint);
