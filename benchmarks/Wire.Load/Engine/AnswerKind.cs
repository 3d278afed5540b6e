namespace Wire.Load.Engine;

/// <summary>What a server answers a publish with.</summary>
internal enum AnswerKind
{
    /// <summary>The same frame, as the reference server F does.</summary>
    Echo,

    /// <summary>An Ack, as Wire does.</summary>
    Ack,
}
