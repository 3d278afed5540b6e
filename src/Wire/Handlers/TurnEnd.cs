namespace Wire.Handlers;

/// <summary>Why a turn ends.</summary>
internal enum TurnEnd
{
    /// <summary>The handler has returned.</summary>
    Completed,

    /// <summary>It threw.</summary>
    Failed,

    /// <summary>Its time is up.</summary>
    TimedOut,

    /// <summary>The reply grew beyond what an append may be.</summary>
    TooLong,

    /// <summary>A Stop came.</summary>
    Stopped,

    /// <summary>There is nothing to answer, or it cannot be read: nothing is stored.</summary>
    Nothing,

    /// <summary>The process ends: nothing is stored, and the turn is given again after the next start.</summary>
    Shutdown,
}
