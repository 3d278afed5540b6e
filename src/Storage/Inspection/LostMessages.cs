namespace Wire.Storage.Inspection;

/// <summary>A session whose chain has a hole.</summary>
/// <param name="SessionId">Whose.</param>
/// <param name="FirstSequence">The first message that is missing; 0 where that is not known, because all before the hole is missing.</param>
/// <param name="LastSequence">The last one that is missing; below <paramref name="FirstSequence"/> where only checkpoints are.</param>
/// <param name="Records">Records of the session that are missing.</param>
/// <param name="Address">The record behind the hole.</param>
internal sealed record LostMessages(string SessionId, ulong FirstSequence, ulong LastSequence, long Records, long Address)
{
    public override string ToString()
    {
        var range = FirstSequence == 0 ? $"sequences up to {LastSequence}"
            : LastSequence < FirstSequence ? "no messages, but checkpoints,"
            : FirstSequence == LastSequence ? $"sequence {FirstSequence}"
            : $"sequences {FirstSequence} to {LastSequence}";
        return $"{range} in {Records} records before address {Address:x16}";
    }
}
