namespace Wire.Conformance.Peers;

/// <summary>How the receiving side of a connection ended.</summary>
public enum PeerEnd
{
    /// <summary>The host closed in good order, between two frames.</summary>
    Closed,

    /// <summary>The connection was reset.</summary>
    Reset,

    /// <summary>The stream ended inside a frame, or held bytes that are not a frame.</summary>
    Broken,

    /// <summary>The test itself disposed of the connection.</summary>
    Disposed,

    /// <summary>More frames came than a test may leave unread (<see cref="Peer.MaxUnread"/>).</summary>
    Flooded,
}
