namespace Wire.Subscriptions;

/// <summary>What of a session is on stable storage: its oldest and newest sequence (0: nothing), and the address of the newest run.</summary>
internal readonly record struct StoredRange(ulong First, ulong Head, long Tail);
