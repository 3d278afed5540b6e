namespace Wire.Framing;

/// <summary>What a read of <see cref="ServerFrameReader"/> came to.</summary>
internal enum ServerFrameStatus
{
    /// <summary>The bytes at hand end before the next frame does: more must arrive.</summary>
    Incomplete,

    /// <summary>An acknowledgement of the plain shape, given as slices.</summary>
    Ack,

    /// <summary>A message of the plain shape, given as slices.</summary>
    Message,

    /// <summary>Another complete frame, for the generated parser.</summary>
    Other,

    /// <summary>The stream cannot be read any further.</summary>
    Invalid,
}
