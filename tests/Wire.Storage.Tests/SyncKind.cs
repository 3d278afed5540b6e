namespace Wire.Storage.Tests;

/// <summary>What a sync does.</summary>
internal enum SyncKind
{
    /// <summary>What it should.</summary>
    Done,

    /// <summary>Those of the log's device return before they are done, as if it called back before it syncs.</summary>
    Late,

    /// <summary>Nothing.</summary>
    Forgotten,
}
