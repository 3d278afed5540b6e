namespace Wire.Storage.Inspection;

/// <summary>What became of a session whose chain was not whole.</summary>
/// <param name="SessionId">Whose.</param>
/// <param name="KeptFirst">The oldest sequence in the new log; above <paramref name="KeptLast"/> where there is none.</param>
/// <param name="KeptLast">Its newest sequence there; the next message gets the one after it.</param>
/// <param name="IsCarriedOn">Whether a checkpoint behind the damage carries the session on; else it ends before the damage.</param>
/// <param name="NotCopied">Messages that are whole and were not copied.</param>
/// <param name="NotCopiedFirst">The oldest sequence of these; 0 where there is none.</param>
/// <param name="NotCopiedLast">The newest one.</param>
internal sealed record SalvagedSession(
    string SessionId, ulong KeptFirst, ulong KeptLast, bool IsCarriedOn, long NotCopied, ulong NotCopiedFirst, ulong NotCopiedLast);
