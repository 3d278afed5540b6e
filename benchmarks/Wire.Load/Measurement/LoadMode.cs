namespace Wire.Load.Measurement;

/// <summary>What is measured.</summary>
internal enum LoadMode
{
    /// <summary>Publishes that are answered.</summary>
    Publish,

    /// <summary>Messages that come to a subscriber on another connection.</summary>
    Deliver,

    /// <summary>How long a single publish takes, with nothing else under way.</summary>
    Depth1,
}
