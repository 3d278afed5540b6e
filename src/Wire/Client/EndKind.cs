namespace Wire.Client;

/// <summary>How a connection came to its end, or why none was opened.</summary>
internal enum EndKind
{
    /// <summary>It could not be opened, broke, or fell silent.</summary>
    Lost,

    /// <summary>The server ended it with a fatal Error.</summary>
    Refused,

    /// <summary>The server announced that it would end it, and did.</summary>
    GoAway,

    /// <summary>The server broke the protocol.</summary>
    Violation,
}
