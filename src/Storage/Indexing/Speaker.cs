namespace Wire.Storage.Indexing;

/// <summary>Who stored a run, as far as the recovery cares.</summary>
internal enum Speaker : byte
{
    /// <summary>Nobody who asks or answers; or it is no run.</summary>
    Other,

    /// <summary>A visitor.</summary>
    Visitor,

    /// <summary>The handler that answers visitors.</summary>
    Handler,
}
