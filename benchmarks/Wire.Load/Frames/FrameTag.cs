namespace Wire.Load.Frames;

/// <summary>The first byte of the frames that come at full rate: field number of the body, wire type 2.</summary>
internal static class FrameTag
{
    /// <summary>A Publish, as an echo server returns it.</summary>
    public const byte Publish = (3 << 3) | 2;

    /// <summary>An Ack.</summary>
    public const byte Ack = (4 << 3) | 2;

    /// <summary>A Message.</summary>
    public const byte Message = (8 << 3) | 2;

    /// <summary>A Fetch.</summary>
    public const byte Fetch = (9 << 3) | 2;

    /// <summary>A Page.</summary>
    public const byte Page = (10 << 3) | 2;
}
