namespace Wire.Load.Measurement;

/// <summary>What is measured.</summary>
internal enum LoadMode
{
    /// <summary>Publishes that are answered.</summary>
    Publish,

    /// <summary>Messages that come to a subscriber on another connection.</summary>
    Deliver,

    /// <summary>Messages whose reply, a handler's, has come to a subscriber on another connection.</summary>
    Turns,

    /// <summary>How long a single publish takes, with nothing else under way.</summary>
    Depth1,

    /// <summary>Publishes that are answered, by Wire and by servers of others.</summary>
    Peers,
}
