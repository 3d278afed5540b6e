namespace Wire.Load.Engine;

/// <summary>What the publishes of one connection to one session were answered with, all of them together.</summary>
/// <param name="Id">The session_id.</param>
/// <param name="Answered">How many publishes were answered.</param>
/// <param name="LastSequence">The highest sequence that Acks gave out.</param>
/// <param name="SequenceSum">The sum of all sequences that they gave out, modulo 2^64.</param>
internal sealed record SessionAnswers(string Id, ulong Answered, ulong LastSequence, ulong SequenceSum);
