namespace Wire.Framing;

/// <summary>What a read of <see cref="FrameReader"/> came to.</summary>
internal enum FrameStatus
{
    /// <summary>The bytes at hand end before the next frame does: more must arrive.</summary>
    Incomplete,

    /// <summary>A publish of the plain shape, given as slices.</summary>
    Publish,

    /// <summary>Another complete frame, for the generated parser.</summary>
    Other,

    /// <summary>The stream cannot be read any further; the connection ends with the reader's error.</summary>
    Invalid,
}
