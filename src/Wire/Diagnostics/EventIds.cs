namespace Wire.Diagnostics;

/// <summary>
/// The ids of all log events, a range for each area, so that none is used twice and a filter on a number keeps its meaning.
/// An id that was released is never given to another event.
/// </summary>
internal static class EventIds
{
    // 1000 to 1999: sessions and the engine.
    public const int WorkerDied = 1000;
    public const int ConnectionFault = 1001;
    public const int SessionDamaged = 1002;
    public const int HandlerFailed = 1010;
    public const int TurnTimedOut = 1011;
    public const int HandlerStuck = 1012;
    public const int TurnUnreadable = 1013;
    public const int HandlersLeft = 1014;

    // 2000 to 2999: storage.
    public const int LogOpened = 2000;
    public const int TornTailCut = 2001;
    public const int PageSizeKept = 2002;
    public const int BootEpochRestored = 2003;
    public const int KeyFileExposed = 2006;
    public const int LogEncrypts = 2007;
    public const int LogEncryptsNoMore = 2008;
    public const int SegmentStarted = 2010;
    public const int SnapshotWritten = 2011;
    public const int SnapshotFailed = 2012;
    public const int SnapshotRejected = 2013;
    public const int SegmentCompacted = 2014;
    public const int SegmentNotCompacted = 2015;
    public const int CompactionFailed = 2016;
    public const int CompactionEnded = 2017;
    public const int SegmentRetired = 2018;
    public const int RetentionStopped = 2019;
    public const int ForgottenForRoom = 2027;
    public const int LogFailed = 2020;
    public const int LogFull = 2021;
    public const int LogHasRoom = 2022;
    public const int FlushStranded = 2023;
    public const int DiskSlow = 2024;
    public const int DiskFast = 2025;
    public const int ReadFailed = 2026;
    public const int OutOfHandles = 2028;
    public const int DiskLasts = 2029;
    public const int LogClosed = 2030;
    public const int LogClosedEarly = 2031;

    // 3000 to 3999: transport.
    public const int ConnectionOpened = 3000;
    public const int ConnectionClosed = 3001;
    public const int ConnectionLost = 3002;
    public const int ConnectionRefused = 3003;
    public const int ConnectionDefect = 3004;
    public const int DrainStarted = 3010;
    public const int DrainEnded = 3011;
    public const int DrainCutShort = 3012;
    public const int BuffersExhausted = 3020;

    // 4000 to 4999: the host.
    public const int HostStarted = 4000;
    public const int HostFaulted = 4001;

    // 5000 to 5999: the client.
    public const int ClientConnected = 5000;
    public const int ClientDisconnected = 5001;
    public const int ClientEnded = 5002;
    public const int ClientRecoveredRefused = 5003;
}
