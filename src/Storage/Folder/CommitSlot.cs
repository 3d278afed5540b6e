namespace Wire.Storage.Folder;

/// <summary>How far a log was on stable storage at some moment.</summary>
internal readonly record struct CommitSlot(long BeginAddress, long UntilAddress, uint Epoch, bool OrderlyClose);
