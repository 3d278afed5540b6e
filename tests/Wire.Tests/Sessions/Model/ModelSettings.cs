namespace Wire.Tests.Sessions.Model;

/// <summary>How the engine is set in a run.</summary>
internal sealed record ModelSettings(int Workers, int LoadedSessions, long RingBytes, int MessageMark, bool RefusesAtRandom);
